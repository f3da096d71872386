//! How many tokens a text has, without asking the provider.
//!
//! An estimate: the tables of a tokenizer take tens of megabytes in memory and fit one family of models, and most
//! providers publish none. It goes by what tokenizers have in common: frequent words are one token, long ones are cut
//! every few letters, digits come in threes, scripts other than the Latin one in small pieces. It is made to err upwards,
//! see the tests. Whoever needs it exactly has the [usage](cowork_domain::message::Usage) of the last answer: only what
//! was added since must be counted here.

/// Letters of a word that is one token, and of each further token of a longer one.
const WORD: u32 = 8;
const PIECE: u32 = 4;
/// Parts of a token, so that all sums are whole numbers.
const TOKEN: u32 = 12;

/// Tokens of `text` for the model of this name, rather too many than too few.
pub fn count(model: &str, text: &str) -> u32 {
    let mut counter = Counter::default();
    text.chars().for_each(|c| counter.take(c));
    counter.end_run();
    let parts = counter.parts * u64::from(percent(model)) / 100;
    u32::try_from(parts.div_ceil(u64::from(TOKEN))).unwrap_or(u32::MAX)
}

/// What a family of models needs beside the newest of OpenAI's.
fn percent(model: &str) -> u32 {
    let model = model.to_lowercase();
    let name = model.rsplit('/').next().unwrap_or_default();
    let is = |families: &[&str]| families.iter().any(|family| name.starts_with(family));
    match () {
        () if is(&["gpt-4o", "gpt-4.1", "gpt-5", "gpt-oss", "chatgpt-4o", "o1", "o3", "o4"]) => 100,
        () if name.contains("claude") => 130,
        () => 115,
    }
}

/// A kind of characters that tokenizers treat alike.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Class {
    #[default]
    Nothing,
    Lower,
    Upper,
    Digit,
    Space,
    Break,
    Sign,
    /// Letters of scripts with an alphabet: Cyrillic, Greek, Arabic, Hebrew.
    Alphabet,
    /// Everything else, a token or more for each character.
    Other,
}

#[derive(Debug, Default)]
struct Counter {
    parts: u64,
    class: Class,
    length: u32,
    /// Letters beyond ASCII in the word.
    marked: u32,
}

impl Counter {
    fn take(&mut self, c: char) {
        let class = class(c);
        // `Word` is one word, `someWord` and `HTMLParser` are two.
        let begins_word = class == Class::Lower && self.class == Class::Upper && self.length == 1;
        if begins_word {
            self.class = Class::Lower;
        } else if class != self.class {
            self.end_run();
            self.class = class;
        }
        self.length += 1;
        self.marked += u32::from(class == Class::Lower && !c.is_ascii());
        if class == Class::Other {
            self.parts += u64::from(other(c) * TOKEN);
        }
    }

    fn end_run(&mut self) {
        let length = std::mem::take(&mut self.length);
        let marked = std::mem::take(&mut self.marked);
        let pieces = |size: u32| length.div_ceil(size) * TOKEN;
        self.parts += u64::from(match self.class {
            Class::Nothing | Class::Other => 0,
            Class::Lower => (1 + length.saturating_sub(WORD).div_ceil(PIECE)) * TOKEN + marked * TOKEN / 2,
            Class::Upper => pieces(2),
            Class::Digit => pieces(3),
            // One belongs to the word that follows.
            Class::Space => length.saturating_sub(1).min(1) * TOKEN + length / 16 * TOKEN,
            Class::Break => pieces(8),
            Class::Sign => pieces(2),
            Class::Alphabet => pieces(2),
        });
    }
}

fn class(c: char) -> Class {
    match c {
        'a'..='z' => Class::Lower,
        'A'..='Z' => Class::Upper,
        '0'..='9' => Class::Digit,
        ' ' | '\t' => Class::Space,
        '\n' | '\r' => Class::Break,
        '\0'..='\x7f' => Class::Sign,
        '\u{80}'..='\u{24f}' if c.is_uppercase() => Class::Upper,
        '\u{80}'..='\u{24f}' if c.is_alphabetic() => Class::Lower,
        '\u{370}'..='\u{52f}' | '\u{590}'..='\u{6ff}' => Class::Alphabet,
        _ => Class::Other,
    }
}

/// Tokens of a character outside the alphabets.
fn other(c: char) -> u32 {
    match c {
        // Emoji and what lies beyond the first plane.
        '\u{10000}'.. => 3,
        // Signs, arrows, boxes, dingbats, and what joins emoji.
        '\u{2100}'..='\u{2bff}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `o200k_base`, the tokenizer of OpenAI's newest models, makes of them.
    const COUNTED: [(u32, &str); 10] = [
        (
            57,
            "The receipts lie in files/Receipts by the year on them, and the report sums them up. Two of them could not be read: the photographs are too dark. I have set them aside and written their names into the summary, so that you can look at them yourself.",
        ),
        (
            53,
            "Die Belege liegen nach Jahren geordnet in files/Belege, und der Bericht rechnet sie zusammen. Zwei davon ließen sich nicht lesen, weil die Fotos zu dunkel sind. Ich habe sie beiseitegelegt und ihre Namen in die Zusammenfassung geschrieben.",
        ),
        (
            58,
            "Квитанции лежат в папке files/Receipts по годам, а отчёт подводит итог. Две из них прочитать не удалось: фотографии слишком тёмные. Я отложил их в сторону и записал их названия в сводку.",
        ),
        (
            49,
            "收据按年份存放在文件夹中，报告对其进行汇总。其中两张照片太暗，无法读取。我已将它们放在一边，并将其名称写入摘要中，以便您自己查看。",
        ),
        (29, "Done 🎉🎉 — 12 files sorted ✅, 3 left ⚠️, see 📁 output 👩‍💻!"),
        (
            73,
            "    async fn begin(&mut self) -> Result<()> {\n        if self.agent.status == AgentStatus::Running {\n            return Ok(());\n        }\n        let mut unit = self.core.store.begin().await?;\n        unit.set_agent(self.agent.id, AgentStatus::Running, None).await?;\n        self.core.commit(unit, self.task.id).await\n    }\n",
        ),
        (
            84,
            r#"{"entries":[{"path":"files/IMG_20250117_0093.jpg","kind":"file","size":2483921},{"path":"files/rechnung-2024-11.pdf","kind":"file","size":48211},{"path":"files/Screenshot 2025-02-03 at 10.14.22.png","kind":"file","size":188203}],"more":false}"#,
        ),
        (
            72,
            "date,vendor,total,currency\n2024-11-03,Stadtwerke,118.40,EUR\n2024-11-09,Amazon,23.99,EUR\n2024-12-01,Deutsche Bahn,89.00,EUR\n2025-01-17,Rewe,54.12,EUR\n",
        ),
        (
            52,
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
        ),
        (
            91,
            "3f8a1c9be04d7726a5510c9e2b6f4d8893ab01ce77f20d5164b8e9fa20c1d3e5 01JD8Z4V7Q9K2M3N5P6R7S8T9V 550e8400-e29b-41d4-a716-446655440000",
        ),
    ];

    #[test]
    fn the_estimate_is_near_and_hardly_ever_too_low() {
        for (exact, text) in COUNTED {
            let estimate = count("gpt-4o", text);
            assert!(estimate * 100 >= exact * 94, "{estimate} for {exact}: {text:.40}");
            assert!(estimate * 100 <= exact * 150, "{estimate} for {exact}: {text:.40}");
        }
    }

    #[test]
    fn other_families_need_more() {
        let text = COUNTED[0].1;
        let (openai, other, claude) = (
            count("openai/gpt-4.1", text),
            count("qwen3:8b", text),
            count("anthropic/claude-sonnet-4-5", text),
        );
        assert!(openai < other && other < claude, "{openai} {other} {claude}");
    }

    #[test]
    fn nothing_is_nothing_and_anything_is_something() {
        assert_eq!(count("gpt-4o", ""), 0);
        for text in ["a", " ", "\n", "1", "ß", "я", "字", "🎉", "\0"] {
            assert!(count("gpt-4o", &text.repeat(40)) > 0, "{text:?}");
        }
    }
}
