//! The queue for hosts: who waits, in the order of asking, apart by what would do.
//!
//! Requests for the same vCores in the same zones are of one kind: where the first of them does not
//! fit, none of them does. So serving looks at the head of each kind, never at all who wait.

use crate::kernel::time::SimTime;
use crate::model::fact::Node;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// Zones that would do (a bit each), and vCores.
pub type Class = (u8, u32);

/// Heads of the kinds that may still fit, earliest first.
pub type Heads = BinaryHeap<Reverse<(SimTime, Node, Class)>>;

/// Nodes that wait for a host.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    classes: BTreeMap<Class, BTreeSet<(SimTime, Node)>>,
}

impl Queue {
    /// Nobody waits.
    pub fn clear(&mut self) {
        self.classes.clear();
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// A node waits from now on.
    pub fn insert(&mut self, class: Class, asked: SimTime, node: Node) {
        self.classes.entry(class).or_default().insert((asked, node));
    }

    /// A node waits no longer; tells whether it did. In the logarithm of those who wait.
    pub fn remove(&mut self, class: Class, asked: SimTime, node: Node) -> bool {
        let Some(waiting) = self.classes.get_mut(&class) else { return false };
        let removed = waiting.remove(&(asked, node));
        if waiting.is_empty() {
            self.classes.remove(&class);
        }
        removed
    }

    /// The first of each kind.
    pub fn heads(&self) -> Heads {
        self.classes.keys().filter_map(|&class| self.head(class)).map(Reverse).collect()
    }

    /// The first of one kind.
    pub fn head(&self, class: Class) -> Option<(SimTime, Node, Class)> {
        let &(asked, node) = self.classes.get(&class)?.first()?;
        Some((asked, node, class))
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
        let mut served = Vec::new();
        let mut heads = queue.heads();
        while let Some(Reverse((asked, node, class))) = heads.pop() {
            if class == small {
                served.push(node);
                assert!(queue.remove(class, asked, node));
                heads.extend(queue.head(class).map(Reverse));
            }
        }
        assert_eq!(served, [3, 4]);
        assert!(queue.remove(large, SimTime(1), 5) && queue.is_empty());
    }
}
