use super::*;
use cowork_tool::Tool;
use serde_json::{Value, json};
use tempfile::TempDir;

const SALES: &str = "Day;Vendor;Amount;Code\n2026-03-14;Bäckerei;12.5;007\n2026-03-15;Hotel;120;008\n2026-04-01;Bäckerei;7.5;007\n2026-04-02;Taxi;n/a;009\n";
const VENDORS: &str =
    "{\"vendor\": \"Bäckerei\", \"city\": \"Ulm\"}\n{\"vendor\": \"Hotel\", \"city\": \"Köln\"}\n";

fn call(folder: &TempDir, mut arguments: Value) -> Result<Output, Error> {
    let place = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    std::fs::write(place("sales.csv"), SALES).unwrap();
    std::fs::write(place("vendors.jsonl"), VENDORS).unwrap();
    if arguments.get("tables").is_none() {
        arguments["tables"] =
            json!([{ "path": place("sales.csv") }, { "name": "v", "path": place("vendors.jsonl") }]);
    }
    if let Some(output) = arguments["output"].as_str() {
        arguments["output"] = json!(place(output));
    }
    Tool::new("data_query", data_query).call(&arguments.to_string())
}

fn rows(sql: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let output = call(&folder, json!({ "sql": sql })).unwrap_or_else(|error| panic!("{sql}: {error}"));
    output.as_json()["rows"].clone()
}

#[test]
fn tables_are_described() {
    let folder = tempfile::tempdir().unwrap();
    let text = call(&folder, json!({})).unwrap().as_text();
    let expected = "table sales: \"Day\" date, \"Vendor\" text, \"Amount\" number, \"Code\" text\n\
        2026-03-14\tBäckerei\t12.5\t007\n2026-03-15\tHotel\t120\t008\n2026-04-01\tBäckerei\t7.5\t007\n\
        table v: \"vendor\" text, \"city\" text\nBäckerei\tUlm\nHotel\tKöln";
    assert_eq!(text, expected);
}

#[test]
fn questions_are_answered() {
    assert_eq!(rows("SELECT sum(Amount) FROM sales WHERE Vendor = 'Bäckerei'"), json!([[20.0]]));
    assert_eq!(rows("SELECT count(*) FROM sales"), json!([[4]]));
    assert_eq!(
        rows("SELECT strftime('%Y-%m', Day) AS month, max(Amount + 0) FROM sales GROUP BY 1 ORDER BY 1"),
        json!([["2026-03", 120.0], ["2026-04", 7.5]])
    );
    assert_eq!(
        rows("SELECT s.Code, v.city FROM sales s JOIN v ON v.vendor = s.Vendor ORDER BY s.Day"),
        json!([["007", "Ulm"], ["008", "Köln"], ["007", "Ulm"]])
    );
    assert_eq!(
        rows(
            "WITH t AS (SELECT Vendor, row_number() OVER (ORDER BY Day DESC) AS n FROM sales) SELECT * FROM t WHERE n = 1"
        ),
        json!([["Taxi", 1]])
    );
    assert_eq!(rows("SELECT 1 WHERE 0"), json!([]));
}

#[test]
fn what_is_no_number_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let json = call(&folder, json!({ "sql": "SELECT Amount FROM sales" })).unwrap().as_json();
    assert_eq!(json["notes"], json!(["1 cells of \"Amount\" are no numbers but texts, such as \"n/a\""]));
}

#[test]
fn an_answer_is_paged() {
    let folder = tempfile::tempdir().unwrap();
    let page = |skip: usize| {
        let arguments = json!({ "sql": "SELECT Code FROM sales ORDER BY Day", "rows": 3, "skip": skip });
        call(&folder, arguments).unwrap().as_json()
    };
    assert_eq!((page(0)["next_skip"].clone(), page(0)["rows"].as_array().unwrap().len()), (json!(3), 3));
    assert_eq!((page(3)["next_skip"].clone(), page(3)["rows"].clone()), (Value::Null, json!([["009"]])));
}

#[test]
fn all_rows_are_written_to_a_file() {
    for (name, expected) in [
        ("a.csv", Some("Vendor,total\nBäckerei,20.0\nHotel,120.0\n")),
        (
            "a.jsonl",
            Some("{\"Vendor\":\"Bäckerei\",\"total\":20.0}\n{\"Vendor\":\"Hotel\",\"total\":120.0}\n"),
        ),
        ("a.xlsx", None),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let sql = "SELECT Vendor, sum(Amount) AS total FROM sales WHERE Vendor <> 'Taxi' GROUP BY Vendor ORDER BY 1";
        let json = call(&folder, json!({ "sql": sql, "output": name })).unwrap().as_json();
        assert_eq!(json["total"], 2);
        let path = folder.path().join(name);
        if let Some(expected) = expected {
            assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
        }
        let tables = json!([{ "name": "again", "path": path }]);
        let again =
            call(&folder, json!({ "tables": tables, "sql": "SELECT sum(total) FROM again" })).unwrap();
        assert_eq!(again.as_json()["rows"][0][0].as_f64(), Some(140.0), "{name}");
    }
}

fn check_error(sql: &str, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let error = call(&folder, json!({ "sql": sql })).unwrap_err();
    assert!(
        matches!(error, Error::InvalidArguments(_)) && error.message().contains(expected),
        "{sql}: {error}"
    );
}

#[test]
fn sql_that_is_wrong_is_explained() {
    check_error(
        "SELECT Amont FROM sales",
        "no such column: Amont; did you mean \"Amount\"?; the columns are: \"Day\"",
    );
    check_error(
        "SELECT * FROM sale",
        "no such table: sale; did you mean \"sales\"?; the tables are: \"sales\", \"v\"",
    );
    check_error("SELEC 1", "syntax error");
    check_error("", "`sql` is empty");
    check_error("SELECT 1; SELECT 2", "more than one statement");
    check_error(&format!("SELECT 1{}", "+1".repeat(5000)), "Expression tree is too large");
}

#[test]
fn nothing_but_reading_is_possible() {
    for sql in [
        "DELETE FROM sales",
        "INSERT INTO sales VALUES (1, 2, 3, 4)",
        "CREATE TABLE x (a)",
        "DROP TABLE sales",
        "ATTACH '/tmp/other.db' AS other",
        "PRAGMA hard_heap_limit=0",
        "VACUUM INTO 'copy.db'",
    ] {
        check_error(sql, "only SELECT is possible");
    }
}

#[test]
fn a_query_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let sql = "WITH RECURSIVE t(n, x) AS (SELECT 1, zeroblob(1000000) UNION SELECT n + 1, zeroblob(1000000) FROM t) SELECT count(x) FROM t";
    let error = call(&folder, json!({ "sql": sql })).unwrap_err();
    assert!(error.message().contains("needs more than 360 MiB of memory"), "{error}");
    let error = call(&folder, json!({ "sql": "SELECT length(zeroblob(20000000))" })).unwrap_err();
    assert!(error.message().contains("too big"), "{error}");
}

#[test]
fn files_that_are_no_tables() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, content: &[u8], expected: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let error = call(&folder, json!({ "tables": [{ "path": path }] })).unwrap_err();
        assert!(error.message().contains(expected), "{name}: {error}");
        assert_eq!(error.message().matches(name).count(), 1, "{error}");
    };
    check("a.parquet", b"PAR1 and no more", "is not a Parquet file that can be read");
    check("a.csv", b"", "has no columns");
    check("a.doc", b"words", "no table is read from such a file");
    check("a.jsonl", b"words", "expected value at line 1");
}
