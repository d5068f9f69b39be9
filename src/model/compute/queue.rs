//! The queue for hosts: who waits, in the order of asking, apart by what would do.
//!
//! Requests for the same vCores in the same zones are of one kind: where the first of them does not
//! fit, none of them does. So serving looks at the head of each kind, never at all who wait.
//!
//! Nearly all come last and go first, which costs no more than finding the kind. Who is called off in
//! the midst of a kind moves the shorter part of those who wait.

use crate::kernel::time::SimTime;
use crate::model::fact::Node;
use std::collections::VecDeque;

/// Zones that would do (a bit each), and vCores.
pub type Class = (u8, u32);

/// Who waits, and since when.
type Wait = (SimTime, Node);

/// Nodes that wait for a host.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// Every kind that was ever asked for, with those who wait in the order of asking.
    classes: Vec<(Class, VecDeque<Wait>)>,
    waiting: usize,
}

impl Queue {
    /// Nobody waits.
    pub fn clear(&mut self) {
        self.classes.clear();
        self.waiting = 0;
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// A node waits from now on; one that does already waits once.
    pub fn insert(&mut self, class: Class, asked: SimTime, node: Node) {
        let at = self.classes.iter().position(|c| c.0 == class).unwrap_or_else(|| {
            self.classes.push((class, VecDeque::new()));
            self.classes.len() - 1
        });
        let (wait, all) = ((asked, node), &mut self.classes[at].1);
        if all.back().is_none_or(|&last| last < wait) {
            all.push_back(wait);
        } else {
            let Err(at) = all.binary_search(&wait) else { return };
            all.insert(at, wait);
        }
        self.waiting += 1;
    }

    /// A node waits no longer; tells whether it did.
    pub fn remove(&mut self, class: Class, asked: SimTime, node: Node) -> bool {
        let Some((_, all)) = self.classes.iter_mut().find(|c| c.0 == class) else { return false };
        let wait = (asked, node);
        if all.front() == Some(&wait) {
            all.pop_front();
        } else {
            let Ok(at) = all.binary_search(&wait) else { return false };
            all.remove(at);
        }
        self.waiting -= 1;
        true
    }

    /// Who has waited for longest of all kinds but those that do not fit.
    pub fn next(&self, full: &[Class]) -> Option<(SimTime, Node, Class)> {
        let mut next: Option<(Wait, Class)> = None;
        for (class, all) in &self.classes {
            if let Some(&wait) = all.front()
                && next.is_none_or(|(earliest, _)| wait < earliest)
                && !full.contains(class)
            {
                next = Some((wait, *class));
            }
        }
        next.map(|((asked, node), class)| (asked, node, class))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_fit_lets_others_pass_in_the_order_of_asking() {
        let mut queue = Queue::default();
        let (large, small) = ((1, 8), (1, 2));
        for (at, node, class) in [(1, 5, large), (2, 4, small), (2, 3, small), (3, 1, large)] {
            queue.insert(class, SimTime(at), node);
        }
        assert!(!queue.remove(small, SimTime(1), 5) && queue.remove(large, SimTime(3), 1));
        let (mut served, mut full) = (Vec::new(), Vec::new());
        while let Some((asked, node, class)) = queue.next(&full) {
            if class == small {
                served.push(node);
                assert!(queue.remove(class, asked, node));
            } else {
                full.push(class);
            }
        }
        assert_eq!((served, full), (vec![3, 4], vec![large]));
        assert!(!queue.is_empty() && queue.remove(large, SimTime(1), 5) && queue.is_empty());
    }

    #[test]
    fn who_is_called_off_waits_no_more() {
        let mut queue = Queue::default();
        let class = (3, 4);
        for node in 0..100 {
            queue.insert(class, SimTime(u64::from(node / 10)), 99 - node);
            queue.insert(class, SimTime(u64::from(node / 10)), 99 - node);
        }
        for node in (0..100).filter(|n| n % 3 == 0) {
            assert!(queue.remove(class, SimTime(u64::from((99 - node) / 10)), node));
            assert!(!queue.remove(class, SimTime(u64::from((99 - node) / 10)), node));
        }
        let mut left = Vec::new();
        while let Some((asked, node, class)) = queue.next(&[]) {
            left.push((asked, node));
            assert!(queue.remove(class, asked, node));
        }
        assert!(left.is_sorted() && left.len() == 66 && left.iter().all(|w| w.1 % 3 != 0));
    }
}
