//! One edit of a text.

use cowork_tool::Error;

use super::find::{self, Place};
use super::nearest::nearest;
use super::{Edit, Made};

/// The text after an edit, and where it was made. A text that is not there to the letter may differ in line ends, in
/// the shape of quotes and dashes, or, as whole lines, in blanks; then it must occur once.
pub(super) fn replace(text: &str, edit: &Edit) -> Result<(String, Made), Error> {
    if edit.old.is_empty() {
        return Err(Error::invalid("`old` is empty; use file_write to add to a file"));
    }
    let windows = text.contains("\r\n") && !edit.old.contains('\r');
    let of_file = |text: &str| if windows { text.replace('\n', "\r\n") } else { text.to_owned() };
    let (old, new) = (of_file(&edit.old), of_file(&edit.new));
    let places = find::exact(text, &old);
    if !places.is_empty() {
        return put(text, &places, &new, edit, false);
    }
    for places in [find::alike(text, &old), find::lines(text, &old)] {
        if !places.is_empty() {
            return put(text, &places, &new, edit, true);
        }
    }
    Err(Error::failed(nearest(text, &edit.old)))
}

fn put(text: &str, places: &[Place], new: &str, edit: &Edit, fuzzy: bool) -> Result<(String, Made), Error> {
    let line = |place: &Place| text[..place.range.start].matches('\n').count() + 1;
    if places.len() > 1 && !edit.all {
        let shown: Vec<String> = places.iter().take(10).map(|place| line(place).to_string()).collect();
        let more = if places.len() > shown.len() { " …" } else { "" };
        return Err(Error::failed(format!(
            "`old` occurs {} times, at lines {}{more}; give more of the text around it, or set `all`",
            places.len(),
            shown.join(", ")
        )));
    }
    let mut after = String::with_capacity(text.len() + new.len());
    let mut end = 0;
    for place in places {
        after.push_str(&text[end..place.range.start]);
        after.push_str(&indented(new, &place.indents));
        end = place.range.end;
    }
    after.push_str(&text[end..]);
    let made = Made { line: places.first().map_or(1, line), count: places.len(), fuzzy };
    Ok((after, made))
}

/// New lines as the file indents those that they replace.
fn indented(new: &str, indents: &[(String, String)]) -> String {
    let line = |(_, line): (usize, &str)| {
        let own = find::indent(line);
        let known = indents.iter().filter(|(of_old, _)| own.starts_with(of_old));
        match known.max_by_key(|(of_old, _)| of_old.len()) {
            Some((of_old, of_file)) if !line.trim().is_empty() => {
                format!("{of_file}{}", &line[of_old.len()..])
            }
            _ => line.to_owned(),
        }
    };
    find::with_places(new).map(line).collect()
}
