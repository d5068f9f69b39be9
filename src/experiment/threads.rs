//! Threads for one job after another: the next one takes over the memory that the last one has left.

/// Does a job where parallel work has so many threads. Those of a job around it are used if they are as
/// many; one thread, or none to be had, is the caller's own.
pub fn with_threads<R: Send>(threads: usize, job: impl FnOnce() -> R + Send) -> R {
    let inside = rayon::current_thread_index().is_some() && rayon::current_num_threads() == threads;
    if threads < 2 || inside {
        return job();
    }
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(job),
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
