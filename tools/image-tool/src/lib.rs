//! A tool that resizes, crops, turns and converts pictures, and lays them out on a contact sheet.

mod contact_sheet;
mod edit;
mod load;
mod save;

use cowork_tool::{Deserialize, Error, JsonSchema, Output, Serialize, relative};

pub use load::Facts;
pub use save::Written;

cowork_tool::export!(image {
    title: "Change pictures",
    description: "Works on PNG, JPEG, WebP, TIFF, GIF and BMP pictures. `info`: format, size in pixels, orientation. `edit`: crop, then turn, then resize, and convert to what `output` ends in; photographs are set upright by their EXIF first. `contact_sheet`: all of `paths` small on one picture, numbered and named. Originals stay as they are, and no file is replaced. Of animations the first frame is taken. EXIF is not kept.",
    annotations: [],
    output: Pictures,
});

/// Arguments of [`image`].
#[derive(Deserialize, JsonSchema)]
pub struct Image {
    /// What to do.
    pub action: Action,
    /// The pictures.
    #[schemars(length(min = 1, max = 200))]
    pub paths: Vec<String>,
    /// A new file, such as `output/a.jpg`. To edit several pictures: a folder ending in `/`.
    pub output: Option<String>,
    /// For `edit` into a folder. Default: as the picture is.
    pub format: Option<save::Format>,
    /// For `edit`: what to keep, in pixels of the upright picture.
    pub crop: Option<edit::Crop>,
    /// For `edit`: clockwise: 90, 180 or 270 degrees.
    pub rotate: Option<u16>,
    /// For `edit`: mirror it.
    pub flip: Option<edit::Flip>,
    /// For `edit`: widest, in pixels. For `contact_sheet`: of one picture on it, default 240.
    #[schemars(range(min = 1, max = 16384))]
    pub width: Option<u32>,
    /// For `edit`: highest, in pixels.
    #[schemars(range(min = 1, max = 16384))]
    pub height: Option<u32>,
    /// For `edit`: how it fits into `width` and `height`. Default: contain.
    pub fit: Option<edit::Fit>,
    /// Of JPEG. Default: 85.
    #[schemars(range(min = 1, max = 100))]
    pub quality: Option<u8>,
    /// For `contact_sheet`: pictures in a row. Default: 4.
    #[schemars(range(min = 1, max = 20))]
    pub columns: Option<u32>,
}

/// What to do with pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Tell what they are.
    Info,
    /// Write changed copies.
    Edit,
    /// Write one picture of all.
    ContactSheet,
}

/// What the pictures are, or what was written.
#[derive(Default, Serialize, JsonSchema)]
pub struct Pictures {
    /// What the pictures are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pictures: Vec<Facts>,
    /// New files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    written: Vec<Written>,
}

/// Looks at pictures, or writes new ones.
pub fn image(args: Image) -> Result<Output, Error> {
    match args.action {
        Action::Info => info(&args.paths),
        Action::Edit => edit::edit(&args).and_then(report),
        Action::ContactSheet => contact_sheet::write(&args).map(|written| vec![written]).and_then(report),
    }
}

fn info(paths: &[String]) -> Result<Output, Error> {
    let pictures = paths.iter().map(|path| load::facts(path)).collect::<Result<Vec<_>, _>>()?;
    let lines: Vec<_> = pictures.iter().map(Facts::to_string).collect();
    Output::text(lines.join("\n")).structured(Pictures { pictures, ..Pictures::default() })
}

fn report(written: Vec<Written>) -> Result<Output, Error> {
    let lines: Vec<_> = written.iter().map(Written::to_string).collect();
    let output = written.iter().fold(Output::text(lines.join("\n")), |output, file| output.file(&file.path));
    output.structured(Pictures { written, ..Pictures::default() })
}

/// The path that something new is written to.
pub(crate) fn output(args: &Image) -> Result<&str, Error> {
    args.output.as_deref().ok_or_else(|| {
        let example = args.paths.first().map_or("picture", String::as_str);
        let stem = relative(example);
        let stem =
            stem.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or("picture").to_owned();
        Error::invalid(format!("`output` is missing; name a new file, such as output/{stem}.jpg"))
    })
}

#[cfg(test)]
mod tests;
