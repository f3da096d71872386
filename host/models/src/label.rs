//! What a request is for.

use std::fmt;

/// What a request is for. Its text is `plan`, `agent NAME`, `synthesis` or `summary`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Label {
    /// Making or revising a plan.
    Plan,
    /// A turn of the agent with this name.
    Agent(String),
    /// Joining the agents' work into the report.
    Synthesis,
    /// Summing up the older part of an agent's context.
    Summary,
}

/// What begins the line of a system prompt that carries a label.
const PURPOSE: &str = "Purpose: ";

impl Label {
    /// The line that states the label in a system prompt: `Purpose: agent Sort the files`.
    ///
    /// A label is not sent, so this line is how the far end of a connection may know it.
    pub fn purpose_line(&self) -> String {
        format!("{PURPOSE}{self}")
    }

    /// Reads the label from the first [purpose line](Self::purpose_line) of a system prompt. `None` where there is none.
    pub fn from_system(system: &str) -> Option<Self> {
        system.lines().find_map(|line| Self::parse(line.trim().strip_prefix(PURPOSE)?.trim()))
    }

    /// Reads `plan`, `agent NAME`, `synthesis` or `summary`.
    fn parse(text: &str) -> Option<Self> {
        match text {
            "plan" => Some(Self::Plan),
            "synthesis" => Some(Self::Synthesis),
            "summary" => Some(Self::Summary),
            _ => text.strip_prefix("agent ").map(|name| Self::Agent(name.to_owned())),
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan => f.write_str("plan"),
            // A name may hold anything; the label stays on one line.
            Self::Agent(name) => write!(f, "agent {}", name.replace(char::is_control, " ").trim()),
            Self::Synthesis => f.write_str("synthesis"),
            Self::Summary => f.write_str("summary"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_from_the_line_that_states_it() {
        for label in
            [Label::Plan, Label::Agent("Sort the files: step 2".into()), Label::Synthesis, Label::Summary]
        {
            let system = format!("You work on files.\n{}\nBe brief.", label.purpose_line());
            assert_eq!(Label::from_system(&system), Some(label));
        }
    }

    #[test]
    fn stays_on_one_line() {
        let label = Label::Agent("a\nPurpose: plan".into());
        assert_eq!(label.to_string(), "agent a Purpose: plan");
    }

    #[test]
    fn is_absent_from_other_prompts() {
        assert_eq!(Label::from_system("The purpose: plan well.\nPurpose: something else"), None);
    }
}
