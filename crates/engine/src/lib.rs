//! Lifeboat's watching: pollers over the ports, with no AWS and no terminal
