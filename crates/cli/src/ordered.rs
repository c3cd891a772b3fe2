//! Work on many items in parallel, with the results in order.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::interrupt;

/// Items taken up before the oldest of them is delivered, at least: bounds the memory whatever the number of items, and
/// lets the other threads go on beside a long one.
const WINDOW: usize = 64;

/// Neighbouring items that a thread takes up and hands over together, at most: handing over wakes the receiving thread,
/// which costs as much as a tenth of a second of sound does.
const RUN: usize = 8;

/// How long a signal may go unnoticed while one item is worked on.
const PATIENCE: Duration = Duration::from_millis(100);

/// Applies `work` to every item, each thread with its own state from `state`, and hands the results to `deliver` with
/// the item's index, in the order of the items whatever the number of threads. Stops at a signal, or when `deliver`
/// fails.
pub fn ordered<I: Sync, S, T: Send>(
    items: &[I],
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize, &I) -> T + Sync,
    mut deliver: impl FnMut(usize, T) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let n_threads = rayon::current_num_threads().min(items.len());
    let window = WINDOW.max(4 * n_threads);
    let queue = Queue {
        place: Mutex::default(),
        moved: Condvar::new(),
        n_items: items.len(),
        window,
        // Short enough that every thread has several within the window, and in a small job.
        run: (window.min(items.len()) / (4 * n_threads).max(1)).clamp(1, RUN),
    };
    let (to, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..n_threads {
            let to = to.clone();
            let (queue, state, work) = (&queue, &state, &work);
            scope.spawn(move || {
                let _stop = StopOnPanic(queue);
                let mut state = state();
                while let Some(run) = queue.take() {
                    let first = run.start;
                    let results = run.map(|index| work(&mut state, index, &items[index]));
                    if to.send((first, results.collect::<Vec<T>>())).is_err() {
                        break;
                    }
                }
            });
        }
        drop(to);
        // Whatever happens here, the threads must not wait for a delivery that never comes.
        let _stop = Stop(&queue);
        let mut early = HashMap::new();
        let mut next = 0;
        while next < items.len() {
            let run = loop {
                interrupt::check()?;
                if let Some(run) = early.remove(&next) {
                    break run;
                }
                match results.recv_timeout(PATIENCE) {
                    Ok((first, run)) => {
                        early.insert(first, run);
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    // A thread panicked; leaving the scope passes it on.
                    Err(RecvTimeoutError::Disconnected) => return Ok(()),
                }
            };
            let first = next;
            for result in run {
                deliver(next, result)?;
                next += 1;
            }
            queue.delivered(next - first);
        }
        Ok(())
    })
}

/// Which items are next, and how far the deliveries have come.
struct Queue {
    place: Mutex<Place>,
    moved: Condvar,
    n_items: usize,
    window: usize,
    run: usize,
}

#[derive(Default)]
struct Place {
    next: usize,
    n_delivered: usize,
    is_stopped: bool,
}

impl Queue {
    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next items, as soon as the window reaches them.
    fn take(&self) -> Option<Range<usize>> {
        let mut place = self.place();
        loop {
            if place.is_stopped || place.next == self.n_items {
                return None;
            }
            let end = (place.next + self.run).min(self.n_items);
            if end <= place.n_delivered + self.window {
                let first = std::mem::replace(&mut place.next, end);
                return Some(first..end);
            }
            place = self
                .moved
                .wait(place)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn delivered(&self, n: usize) {
        self.place().n_delivered += n;
        self.moved.notify_all();
    }

    fn stop(&self) {
        self.place().is_stopped = true;
        self.moved.notify_all();
    }
}

struct Stop<'q>(&'q Queue);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

struct StopOnPanic<'q>(&'q Queue);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.stop();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_come_in_order_and_never_far_ahead() {
        let items: Vec<usize> = (0..1_000).collect();
        let (taken, mut n) = (AtomicUsize::new(0), 0);
        let done = ordered(
            &items,
            || (),
            |(), index, item| {
                taken.fetch_max(index, Ordering::SeqCst);
                if index % 97 == 0 {
                    thread::sleep(Duration::from_millis(2));
                }
                item * 3
            },
            |index, value| {
                assert_eq!((index, value), (n, 3 * n));
                let window = WINDOW.max(4 * rayon::current_num_threads());
                assert!(taken.load(Ordering::SeqCst) <= n + window);
                n += 1;
                Ok(())
            },
        );
        assert!(done.is_ok() && n == 1_000);
    }

    #[test]
    fn a_failed_delivery_ends_it() {
        let items = [0; 500];
        let deliver = |index, ()| {
            anyhow::ensure!(index < 7, "seven");
            Ok(())
        };
        let error = ordered(&items, || (), |(), _, _| (), deliver).unwrap_err();
        assert_eq!(error.to_string(), "seven");
    }

    #[test]
    #[should_panic(expected = "scoped thread panicked")]
    fn a_panic_is_passed_on() {
        let _ = ordered(
            &[0; 500],
            || (),
            |(), index, _| assert!(index != 100),
            |_, ()| Ok(()),
        );
    }

    #[test]
    fn no_items_are_no_work() {
        let none: [u8; 0] = [];
        let deliver = |_, ()| anyhow::bail!("there is nothing to deliver");
        assert!(ordered(&none, || (), |(), _, _| (), deliver).is_ok());
    }
}
