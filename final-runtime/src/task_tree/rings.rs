//! Who waits for whom, and the rings in it.
//!
//! Tasks that wait for each other, straight or by way of others, are a knot (a strongly connected part of the graph). One
//! pass finds all of them (Tarjan's), with lists in place of the thread's stack, since a chain of tasks may be long.
//!
//! In the book: chapter 12.

use std::collections::{HashMap, VecDeque};

use crate::task_tree::{TaskId, TaskInfo, WaitsFor};

/// For each task, by its place in `tasks`, those that it waits for, each once.
pub(super) fn edges(tasks: &[TaskInfo]) -> Vec<Vec<usize>> {
    let place = |id: &TaskId| tasks.binary_search_by_key(id, |task| task.id).ok();
    // The task that was last seen to have an edge to this one.
    let mut last = vec![usize::MAX; tasks.len()];
    let mut edges = Vec::with_capacity(tasks.len());
    for (from, task) in tasks.iter().enumerate() {
        let mut to = Vec::new();
        let mut add = |id: &TaskId| {
            let Some(place) = place(id) else { return };
            // A task may hold a lock in one child of a scope and wait for it in another, which is no ring.
            let stands = place != from || waits_for_one_thing(task);
            if stands && last[place] != from {
                last[place] = from;
                to.push(place);
            }
        };
        for wait in &task.waits_for {
            match wait {
                WaitsFor::Task(id) | WaitsFor::Lock { behind: Some(id) } => add(id),
                WaitsFor::Tasks { tasks, .. } => tasks.iter().for_each(&mut add),
                _ => {}
            }
        }
        edges.push(to);
    }
    edges
}

fn waits_for_one_thing(task: &TaskInfo) -> bool {
    let things = task.waits_for.iter();
    things.filter(|wait| **wait != WaitsFor::ScopeChild).count() == 1
}

/// A ring for each knot.
pub(super) fn rings(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let knot = knots(edges);
    let mut rings = Vec::new();
    let mut named = vec![false; edges.len()];
    for first in 0..edges.len() {
        if !std::mem::replace(&mut named[knot[first]], true) {
            rings.extend(shortest_ring(first, edges, &knot));
        }
    }
    rings
}

/// Which knot each task is in, by number. A task in no ring is one by itself.
fn knots(edges: &[Vec<usize>]) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let mut order = vec![UNSEEN; edges.len()];
    let mut lowest = vec![0; edges.len()];
    let mut knot = vec![UNSEEN; edges.len()];
    let (mut seen, mut knots) = (0, 0);
    let mut open: Vec<usize> = Vec::new();
    // Those under way, each waited for by the one before, and which of its edges is next.
    let mut path: Vec<(usize, usize)> = Vec::new();
    for root in 0..edges.len() {
        if order[root] != UNSEEN {
            continue;
        }
        path.push((root, 0));
        while let Some((task, edge)) = path.last_mut() {
            let task = *task;
            if *edge == 0 && order[task] == UNSEEN {
                (order[task], lowest[task]) = (seen, seen);
                seen += 1;
                open.push(task);
            }
            if let Some(&to) = edges[task].get(*edge) {
                *edge += 1;
                if order[to] == UNSEEN {
                    path.push((to, 0));
                } else if knot[to] == UNSEEN {
                    lowest[task] = lowest[task].min(order[to]);
                }
                continue;
            }
            path.pop();
            if let Some((before, _)) = path.last() {
                lowest[*before] = lowest[*before].min(lowest[task]);
            }
            if lowest[task] == order[task] {
                while let Some(member) = open.pop() {
                    knot[member] = knots;
                    if member == task {
                        break;
                    }
                }
                knots += 1;
            }
        }
    }
    knot
}

/// A shortest way from `first` back to itself within its knot, if there is one.
fn shortest_ring(first: usize, edges: &[Vec<usize>], knot: &[usize]) -> Option<Vec<usize>> {
    let mut came_from: HashMap<usize, usize> = HashMap::new();
    let mut next = VecDeque::from([first]);
    while let Some(task) = next.pop_front() {
        for &to in &edges[task] {
            if to == first {
                let back = |task: &usize| came_from.get(task).copied();
                let mut ring: Vec<usize> = std::iter::successors(Some(task), back).collect();
                ring.reverse();
                return Some(ring);
            }
            if knot[to] == knot[first] && !came_from.contains_key(&to) {
                came_from.insert(to, task);
                next.push_back(to);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::rings;

    #[test]
    fn a_graph_without_a_way_back_has_no_ring() {
        assert!(rings(&[vec![1, 2], vec![2], vec![]]).is_empty());
        assert!(rings(&[]).is_empty());
    }

    #[test]
    fn a_task_that_waits_for_itself_is_a_ring() {
        assert_eq!(rings(&[vec![1], vec![1]]), [[1]]);
    }

    #[test]
    fn each_ring_is_named_once_from_its_eldest() {
        let two = [
            vec![1],
            vec![2],
            vec![1],
            vec![4],
            vec![5],
            vec![3],
            vec![0, 3],
        ];
        assert_eq!(rings(&two), [vec![1, 2], vec![3, 4, 5]]);
    }

    #[test]
    fn of_a_knot_the_shortest_way_round_is_named() {
        let knot = [vec![1, 2], vec![2], vec![3], vec![0]];
        assert_eq!(rings(&knot), [[0, 2, 3]]);
    }

    #[test]
    fn a_ring_behind_another_is_one_of_its_own() {
        let eight = [vec![1], vec![0, 2], vec![3], vec![2]];
        assert_eq!(rings(&eight), [[0, 1], [2, 3]]);
    }

    #[test]
    fn a_long_ring_takes_no_stack() {
        let length = 200_000;
        let edges: Vec<Vec<usize>> = (1..=length).map(|to| vec![to % length]).collect();
        let found = rings(&edges);
        assert_eq!(found.len(), 1);
        assert!(found[0].iter().copied().eq(0..length));
    }
}
