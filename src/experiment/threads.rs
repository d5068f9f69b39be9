//! Threads for one job after another: the next one takes over the memory that the last one has left.

use rayon::ThreadPoolBuilder;

/// The most threads of a job: more are of no use, and systems have an end of them.
const MOST: usize = 1024;

/// Does a job where parallel work has so many threads, at most 1,024. Those of a job around it are used
/// if they are as many. One thread is the caller's own; so it is where no more are to be had.
pub fn with_threads<R: Send>(threads: usize, job: impl FnOnce() -> R + Send) -> R {
    let threads = threads.min(MOST);
    let inside = rayon::current_thread_index().is_some() && rayon::current_num_threads() == threads;
    if threads < 2 || inside {
        return job();
    }
    let several = ThreadPoolBuilder::new().num_threads(threads).build();
    let alone = || ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
    match several.or_else(|_| alone()) {
        Ok(pool) => pool.install(job),
        // It is a thread of a pool already.
        Err(_) => job(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_threads_are_the_same_ones() {
        let all = || {
            let mut ids = rayon::broadcast(|_| std::thread::current().id());
            ids.sort_by_key(|id| format!("{id:?}"));
            ids
        };
        let (outer, inner) = with_threads(3, || (all(), with_threads(3, all)));
        assert!(outer.len() == 3 && outer == inner);
        let (outer, inner) = with_threads(3, || (all(), with_threads(2, all)));
        assert!(inner.len() == 2 && inner.iter().all(|id| !outer.contains(id)));
        let caller = std::thread::current().id();
        assert_eq!(with_threads(1, || std::thread::current().id()), caller);
    }
}
