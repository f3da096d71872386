//! The file: what it says, checked when it is read.

use super::error::{Place, ScriptError};
use super::filters;
use crate::Label;
use minijinja::{Environment, UndefinedBehavior, Value};
use regex::Regex;
use serde::Deserialize;

/// Steps that a template may take. It bounds one that loops over itself; the largest real one takes thousands.
const FUEL: u64 = 10_000_000;

/// A script that was read and checked.
#[derive(Debug)]
pub(super) struct Script {
    name: String,
    parts: Vec<Part>,
    templates: Environment<'static>,
}

#[derive(Debug)]
struct Part {
    purpose: Purpose,
    answers: Vec<AnswerText>,
}

#[derive(Debug)]
enum Purpose {
    Plan,
    Synthesis,
    Summary,
    Agent { name: String, pattern: Regex },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptText {
    part: Vec<PartText>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartText {
    #[serde(rename = "for")]
    task: Option<TaskPurpose>,
    agent: Option<String>,
    answer: Vec<AnswerText>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TaskPurpose {
    Plan,
    Synthesis,
    Summary,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerText {
    text: Option<String>,
    calls: Option<String>,
}

/// An answer of the script that is due.
#[derive(Debug)]
pub(super) struct Reply {
    pub place: Place,
    text: bool,
    calls: bool,
}

impl Script {
    pub(super) fn parse(name: &str, text: &str) -> Result<Self, ScriptError> {
        let text: ScriptText =
            toml::from_str(text).map_err(|source| ScriptError::Format { script: name.to_owned(), source })?;
        let parts = text.part.into_iter().enumerate();
        let parts = parts.map(|(number, part)| part.check(name, number + 1)).collect::<Result<_, _>>()?;
        let mut script = Self { name: name.to_owned(), parts, templates: environment() };
        script.compile()?;
        Ok(script)
    }

    /// The answer for a turn, from 0.
    pub(super) fn find(&self, label: &Label, turn: usize) -> Result<Reply, ScriptError> {
        let part = self.parts.iter().position(|part| part.purpose.fits(label)).ok_or_else(|| {
            ScriptError::NoPart { script: self.name.clone(), label: label.clone(), turn: turn + 1 }
        })?;
        let answers = &self.parts[part].answers;
        let answer = answers.get(turn).ok_or_else(|| ScriptError::NoAnswer {
            script: self.name.clone(),
            part: part + 1,
            answers: answers.len(),
            label: label.clone(),
            turn: turn + 1,
        })?;
        let place = self.place(part, turn);
        Ok(Reply { place, text: answer.text.is_some(), calls: answer.calls.is_some() })
    }

    pub(super) fn render_text(&self, reply: &Reply, values: &Value) -> Result<Option<String>, ScriptError> {
        reply.text.then(|| self.render(&reply.place, "text", values)).transpose()
    }

    pub(super) fn render_calls(&self, reply: &Reply, values: &Value) -> Result<Option<String>, ScriptError> {
        reply.calls.then(|| self.render(&reply.place, "calls", values)).transpose()
    }

    fn render(&self, place: &Place, field: &'static str, values: &Value) -> Result<String, ScriptError> {
        self.templates
            .get_template(&template_name(place, field))
            .and_then(|template| template.render(values.clone()))
            .map(|text| text.trim().to_owned())
            .map_err(|source| ScriptError::Template { place: place.clone(), field, source })
    }

    /// Reads every template, so that an error in one shows before the conversation begins.
    fn compile(&mut self) -> Result<(), ScriptError> {
        let mut templates = std::mem::replace(&mut self.templates, Environment::empty());
        for (part, answers) in self.parts.iter().map(|part| &part.answers).enumerate() {
            for (answer, text) in answers.iter().enumerate() {
                let place = self.place(part, answer);
                if text.text.is_none() && text.calls.is_none() {
                    return Err(ScriptError::Empty { place });
                }
                for (field, source) in [("text", &text.text), ("calls", &text.calls)] {
                    let Some(source) = source else { continue };
                    templates
                        .add_template_owned(template_name(&place, field), source.clone())
                        .map_err(|source| ScriptError::Template { place: place.clone(), field, source })?;
                }
            }
        }
        self.templates = templates;
        Ok(())
    }

    fn place(&self, part: usize, answer: usize) -> Place {
        let purpose = self.parts[part].purpose.to_string();
        Place { script: self.name.clone(), part: part + 1, purpose, answer: answer + 1 }
    }
}

impl PartText {
    fn check(self, script: &str, part: usize) -> Result<Part, ScriptError> {
        let purpose = match (self.task, self.agent) {
            (Some(TaskPurpose::Plan), None) => Purpose::Plan,
            (Some(TaskPurpose::Synthesis), None) => Purpose::Synthesis,
            (Some(TaskPurpose::Summary), None) => Purpose::Summary,
            (None, Some(name)) => {
                let pattern = Regex::new(&format!("^(?:{name})$"));
                let pattern = pattern.map_err(|source| ScriptError::Pattern {
                    script: script.to_owned(),
                    part,
                    source,
                })?;
                Purpose::Agent { name, pattern }
            }
            _ => return Err(ScriptError::Purpose { script: script.to_owned(), part }),
        };
        Ok(Part { purpose, answers: self.answer })
    }
}

impl Purpose {
    fn fits(&self, label: &Label) -> bool {
        match (self, label) {
            (Self::Plan, Label::Plan)
            | (Self::Synthesis, Label::Synthesis)
            | (Self::Summary, Label::Summary) => true,
            (Self::Agent { name, pattern }, Label::Agent(asked)) => name == asked || pattern.is_match(asked),
            _ => false,
        }
    }
}

impl std::fmt::Display for Purpose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plan => f.write_str("plan"),
            Self::Synthesis => f.write_str("synthesis"),
            Self::Summary => f.write_str("summary"),
            Self::Agent { name, .. } => write!(f, "agent {name}"),
        }
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    filters::add(&mut environment);
    environment
}

/// It shows in minijinja's errors, with the line.
fn template_name(place: &Place, field: &str) -> String {
    format!("part {}, answer {}, {field}", place.part, place.answer)
}
