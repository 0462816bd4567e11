//! Manifests read, and refused.
