//! Work that waits for answers and for files alike, such as a run with its journal: on a thread of its own, so that no
//! thread that the loop or the pollers need is ever held up by a file.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Work that goes on until it is done, or until this is dropped: then it ends where it next waits for an answer, as if the
/// process were killed.
#[derive(Debug)]
pub(super) struct Apart {
    _held: oneshot::Sender<()>,
}

impl Apart {
    pub(super) fn begin(work: impl Future<Output = ()> + Send + 'static) -> Self {
        let (held, dropped) = oneshot::channel();
        Self::let_go(async move {
            tokio::select! {
                biased;
                _ = dropped => {}
                () = work => {}
            }
        });
        Self { _held: held }
    }

    /// The same for what nobody takes back.
    pub(super) fn let_go(work: impl Future<Output = ()> + Send + 'static) {
        let here = Handle::current();
        tokio::task::spawn_blocking(move || here.block_on(in_turn(here.clone(), work)));
    }
}

/// Whoever asks to be looked at again waits until the others have had their turn, as a task among them would: a hurried
/// world believes that all sleep once nobody else moves, and would run ahead of those who answer.
async fn in_turn(here: Handle, work: impl Future<Output = ()>) {
    let mut work = pin!(work);
    poll_fn(|context| {
        let turn = Arc::new(Turn { here: here.clone(), waker: context.waker().clone() });
        work.as_mut().poll(&mut Context::from_waker(&Waker::from(turn)))
    })
    .await;
}

struct Turn {
    here: Handle,
    waker: Waker,
}

impl Wake for Turn {
    fn wake(self: Arc<Self>) {
        let waker = self.waker.clone();
        self.here.spawn(async move { waker.wake() });
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    /// On a runtime of one thread, as small as can be: what is held up in it would hold up the test.
    #[tokio::test]
    async fn who_waits_for_a_file_holds_up_nobody_else() {
        let (tell, mut told) = mpsc::channel(2);
        // As a journal that another process holds: the thread waits until it is let go.
        let (let_go, held) = std::sync::mpsc::sync_channel::<()>(1);
        let of_work = tell.clone();
        let work = Apart::begin(async move {
            held.recv().unwrap();
            of_work.send("the file").await.unwrap();
        });
        tell.send("the loop").await.unwrap();
        assert_eq!(told.recv().await, Some("the loop"));
        let_go.send(()).unwrap();
        assert_eq!(told.recv().await, Some("the file"));
        drop(work);
    }

    #[tokio::test]
    async fn what_is_dropped_ends_where_it_waits() {
        let (tell, mut told) = mpsc::channel::<()>(1);
        let work = Apart::begin(async move {
            std::future::pending::<()>().await;
            drop(tell);
        });
        drop(work);
        assert_eq!(told.recv().await, None);
    }
}
