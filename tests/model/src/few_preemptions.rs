//! All schedules with at most so many preemptions, one after the other.
//!
//! A preemption is going on with another thread where the last one could have gone on; going on with any other where the
//! last one waits or has ended is free. Most faults of concurrency show with two (Musuvathi and Qadeer, "Iterative context
//! bounding", 2007), and the number of schedules is polynomial in their length instead of exponential.
//!
//! Invariant: no schedule within the bound is left out, and none is run twice.

use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};

/// See the module.
#[derive(Debug)]
pub(crate) struct FewPreemptions {
    most: usize,
    /// The choices of the schedule that is being run.
    choices: Vec<Choice>,
    step: usize,
    begun: bool,
}

/// One point of a schedule.
#[derive(Debug)]
struct Choice {
    /// What was chosen, then what is still to be.
    options: Vec<TaskId>,
    /// Preemptions before this point.
    preemptions: usize,
    /// Whether any option but the first is one.
    preempts: bool,
    /// Which option this schedule takes.
    taken: usize,
}

impl Choice {
    fn preemptions_after(&self) -> usize {
        self.preemptions + usize::from(self.preempts && self.taken > 0)
    }
}

impl FewPreemptions {
    pub(crate) const fn new(most: usize) -> Self {
        Self {
            most,
            choices: Vec::new(),
            step: 0,
            begun: false,
        }
    }
}

impl Scheduler for FewPreemptions {
    fn new_execution(&mut self) -> Option<Schedule> {
        if self.begun {
            while self
                .choices
                .pop_if(|last| last.taken + 1 == last.options.len())
                .is_some()
            {}
            self.choices.last_mut()?.taken += 1;
        }
        self.begun = true;
        self.step = 0;
        Some(Schedule::new(0))
    }

    fn next_task(&mut self, runnable: &[&Task], current: Option<TaskId>, _yields: bool) -> Option<TaskId> {
        if self.step == self.choices.len() {
            let preemptions = self.choices.last().map_or(0, Choice::preemptions_after);
            let mut options: Vec<TaskId> = runnable.iter().map(|task| task.id()).collect();
            let going_on = current.and_then(|current| options.iter().position(|it| *it == current));
            if let Some(place) = going_on {
                options.swap(0, place);
                if preemptions == self.most {
                    options.truncate(1);
                }
            }
            self.choices.push(Choice {
                options,
                preemptions,
                preempts: going_on.is_some(),
                taken: 0,
            });
        }
        let choice = self.choices.get(self.step)?;
        self.step += 1;
        let chosen = choice.options.get(choice.taken).copied()?;
        assert!(
            runnable.iter().any(|task| task.id() == chosen),
            "the same choices lead elsewhere: the model is not deterministic"
        );
        Some(chosen)
    }

    fn next_u64(&mut self) -> u64 {
        0
    }
}
