//! How many resources there are, as the architecture's owners count them: by the stacks of the home region, of the
//! partner region, and of both, without what came on top.

use crate::blueprint::Blueprint;
use crate::chosen::Chosen;
use crate::manifest::Counts;
use crate::mistake::Mistake;
use crate::stacks::stacks;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub home: usize,
    pub partner: usize,
    pub global: usize,
    /// Those that count, as `stack.LogicalId`.
    pub resources: Vec<String>,
    /// Those that are made and do not count.
    pub beyond: Vec<String>,
}

impl Counted {
    pub fn total(&self) -> usize {
        self.home + self.partner + self.global
    }
}

/// `None` where the manifest does not say how its resources are counted.
pub fn counted(blueprint: &Blueprint, chosen: &Chosen) -> Result<Option<Counted>, Vec<Mistake>> {
    let plan = stacks(blueprint, chosen)?;
    let Some(counts) = &blueprint.manifest.counts else { return Ok(None) };
    let mut found = Counted::default();
    for stack in &blueprint.manifest.stacks {
        let part = part(counts, &stack.id);
        let evaluated = plan.stack(&stack.id).map(|spec| &spec.evaluated);
        let Some(template) = blueprint.template_of(stack) else { continue };
        for resource in &template.resources {
            let name = format!("{}.{}", stack.id, resource.logical_id);
            let is = |list: &[String]| resource.condition.as_ref().is_some_and(|condition| list.contains(condition));
            let made = evaluated.is_some_and(|evaluated| evaluated.resource(&resource.logical_id).is_some());
            let counts_here = part.is_some() && (is(&counts.also) || made && !is(&counts.without));
            match part {
                Some(Part::Home) if counts_here => found.home += 1,
                Some(Part::Partner) if counts_here => found.partner += 1,
                Some(Part::Global) if counts_here => found.global += 1,
                Some(_) | None => {}
            }
            if counts_here {
                found.resources.push(name);
            } else if made {
                found.beyond.push(name);
            }
        }
    }
    Ok(Some(found))
}

#[derive(Clone, Copy)]
enum Part {
    Home,
    Partner,
    Global,
}

fn part(counts: &Counts, stack: &String) -> Option<Part> {
    if counts.home_stacks.contains(stack) {
        Some(Part::Home)
    } else if counts.partner_stacks.contains(stack) {
        Some(Part::Partner)
    } else if counts.global_stacks.contains(stack) {
        Some(Part::Global)
    } else {
        None
    }
}
