//! A tool that asks the person whom the task is for, and gives their answer.

use cowork_tool::{Deserialize, Error, JsonSchema, person};

cowork_tool::export!(ask_person {
    title: "Ask the person",
    description: "Asks the person one question and gives their answer, which may take days. Only for what the files, the tools and the person's own words do not tell, and what cannot be mended later; put all that you need to know into one question.",
    annotations: [read_only],
});

/// Arguments of [`ask_person`].
#[derive(Deserialize, JsonSchema)]
pub struct AskPerson {
    /// The question, in one or two sentences that are understood without knowing your work.
    pub question: String,
    /// Answers to choose from, at most 10; the person may give another one.
    #[serde(default)]
    pub options: Vec<String>,
    /// Why it matters, and what you will do with each answer.
    pub why: Option<String>,
}

/// Asks one question.
pub fn ask_person(args: AskPerson) -> Result<String, Error> {
    person::ask(&args.question, &args.options, args.why.as_deref())?;
    Ok("asked".to_owned())
}
