use super::*;
use insta::assert_snapshot;

const PAGE: &str = r##"<!doctype html><html lang="en"><head><title>Heat pumps | The Site</title>
<meta name="author" content="Ada Example"><meta property="article:published_time" content="2026-03-14T09:00:00Z">
<script>alert("no")</script><style>p { color: red }</style></head><body>
<nav><a href="/">Home</a> <a href="/about">About</a></nav>
<article><h1>Heat pumps</h1>
<p>A heat pump moves heat from a cold place to a warm one, <a href="../how">as a refrigerator does</a>, and needs less
electricity than a heater that makes the heat itself. That is why so many houses have one by now.</p>
<h2>What they cost</h2>
<table><tr><th>Kind</th><th>Price</th></tr><tr><td>Air</td><td>12,000 €</td></tr><tr><td>Ground</td><td>21,000 €</td></tr></table>
<ul><li>The pump itself, which lasts for twenty years or more if it is well kept.</li>
<li>The work of those who put it in.</li></ul>
<p>What it costs to run depends on the house, on the weather, and on <b>the price of electricity</b>, which changes. A
well insulated house needs a third of what an old one does, so people begin with the windows.</p>
<img src="data:image/png;base64,AAAA"><img src="/pump.png" alt="A pump"></article>
<footer>Copyright</footer></body></html>"##;

fn url() -> Url {
    Url::parse("https://site.example/guides/pumps").unwrap()
}

#[test]
fn an_article_is_found_and_readable() {
    let found = article(PAGE, &url()).unwrap();
    assert_eq!(found.author.as_deref(), Some("Ada Example"));
    assert_snapshot!(format!("{:?} {:?}\n{}", found.title, found.published, found.text), @r#"
    Some("Heat pumps | The Site") Some("2026-03-14T09:00:00Z")
    A heat pump moves heat from a cold place to a warm one, [as a refrigerator does](https://site.example/how), and needs less electricity than a heater that makes the heat itself. That is why so many houses have one by now.

    ## What they cost

    | Kind | Price |
    | ---- | ----- |
    | Air | 12,000 € |
    | Ground | 21,000 € |

    - The pump itself, which lasts for twenty years or more if it is well kept.
    - The work of those who put it in.

    What it costs to run depends on the house, on the weather, and on **the price of electricity**, which changes. A well insulated house needs a third of what an old one does, so people begin with the windows.

    ![A pump](https://site.example/pump.png)
    "#);
}

#[test]
fn all_of_a_page_has_its_menu() {
    let found = page(PAGE, &url());
    assert_eq!(found.title.as_deref(), Some("Heat pumps | The Site"));
    assert!(found.text.contains("[About](https://site.example/about)"), "{}", found.text);
    assert!(!found.text.contains("alert") && !found.text.contains("color"), "{}", found.text);
}

#[test]
fn what_is_no_article_is_returned_whole() {
    let found = article("<title>A</title><p>short <a href='b'>link</a>", &url()).unwrap();
    assert_eq!(
        (found.title.as_deref(), found.text.as_str()),
        (Some("A"), "short [link](https://site.example/guides/b)\n")
    );
    assert_eq!(article("", &url()).unwrap().text, "");
}

#[test]
fn deep_and_broken_pages_are_no_trap() {
    for page in [
        "<div>".repeat(3000),
        "<table><tr><td><table>".repeat(300),
        "<a href='http://[::'>x</a>".to_owned(),
        "\0<\u{fffd}".to_owned(),
    ] {
        article(&page, &url()).unwrap();
    }
}
