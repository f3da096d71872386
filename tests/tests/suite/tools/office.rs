//! LibreOffice opens and converts what the tools write, where it is installed.

use super::call;
use cowork_tests::Coworkspace;
use serde_json::json;
use std::path::Path;
use std::process::Command;

/// Converts a file beside itself; `None` where there is no LibreOffice.
fn converted(path: &Path, ending: &str) -> Option<Vec<u8>> {
    let folder = path.parent().expect("a folder");
    let profile = tempfile::tempdir().expect("a folder for the profile");
    // Cells as they are shown, which is not what every release does by itself.
    let filter =
        if ending == "csv" { "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true" } else { ending };
    let mut office = Command::new("soffice");
    office.arg(format!("-env:UserInstallation=file://{}", profile.path().display()));
    office.args(["--headless", "--convert-to", filter, "--outdir"]).arg(folder).arg(path);
    let Ok(output) = office.output() else {
        eprintln!(
            "LibreOffice is not installed, so this test shows nothing (apt-get install libreoffice-calc-nogui)"
        );
        return None;
    };
    let result = path.with_extension(ending);
    let said = String::from_utf8_lossy(&output.stderr);
    Some(std::fs::read(&result).unwrap_or_else(|error| panic!("{}: {error}: {said}", result.display())))
}

#[tokio::test]
async fn a_spreadsheet_with_all_that_it_may_have() {
    let space = Coworkspace::new();
    space.plant("files/sales.csv", "Month,North,South\nJanuary,12,9\nFebruary,15,8.5\nMarch,13,10\n");
    let chart = |kind: &str| json!({ "kind": kind, "categories": "Month", "values": ["North", "South"], "title": kind });
    let kinds = ["column", "stacked_column", "bar", "line", "stacked_area", "pie"].map(chart);
    let columns = json!([
        { "header": "Month" },
        { "header": "North", "kind": "currency", "total": "sum" },
        { "header": "South", "kind": "number", "format": "0.0", "total": "average" },
    ]);
    let sheet = json!({
        "name": "Sales", "rows_from": { "path": "files/sales.csv" }, "columns": columns, "table": true,
        "groups": [{ "text": "Regions", "from": "North", "to": "South" }], "freeze_columns": 1, "charts": kinds,
    });
    call(&space, "spreadsheet_write", json!({ "path": "output/sales.xlsx", "sheets": [sheet] })).await;
    let Some(csv) = converted(&space.path("output/sales.xlsx"), "csv") else { return };
    let text = String::from_utf8_lossy(&csv);
    assert_eq!(
        text,
        ",Regions,\nMonth,North,South\nJanuary,12.00,9.0\nFebruary,15.00,8.5\nMarch,13.00,10.0\nTotal,40.00,9.2\n"
    );
}
