use super::*;
use cap_std::ambient_authority;
use proptest::prelude::*;
use std::os::unix::fs::symlink;

fn coworkspace() -> (tempfile::TempDir, Dir) {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let root = temporary.path();
    std::fs::create_dir_all(root.join("files/a/b")).expect("folders");
    std::fs::create_dir_all(root.join(".cowork/calls")).expect("folders");
    std::fs::write(root.join("files/a/text"), "text").expect("a file");
    let links = [
        ("files/inside", "a/b"),
        ("files/up", "../files/a"),
        ("files/out", "../../other/files"),
        ("files/absolute", "/etc"),
        ("files/hidden", "../.cowork"),
        ("files/round", "round"),
    ];
    for (link, target) in links {
        symlink(target, root.join(link)).expect("a link");
    }
    let dir = Dir::open_ambient_dir(root, ambient_authority()).expect("a handle");
    (temporary, dir)
}

#[track_caller]
fn check_path(path: &str, expected: Result<&str, ErrorCode>) {
    let (_temporary, dir) = coworkspace();
    let found = resolve(&dir, Path::new(""), path, true).map(|resolved| resolved.path);
    assert_eq!(found, expected.map(PathBuf::from), "{path:?}");
}

#[test]
fn links_are_followed_inside() {
    check_path("files/inside", Ok("files/a/b"));
    check_path("files/up/./b/..//text", Ok("files/a/text"));
    check_path("files/inside/new", Ok("files/a/b/new"));
}

#[test]
fn nothing_leads_out() {
    check_path("..", Err(ErrorCode::NotPermitted));
    check_path("files/../../other", Err(ErrorCode::NotPermitted));
    check_path("files/out/x", Err(ErrorCode::NotPermitted));
    check_path("files/absolute/passwd", Err(ErrorCode::NotPermitted));
    check_path("/etc/passwd", Err(ErrorCode::NotPermitted));
    check_path("files/round", Err(ErrorCode::Loop));
}

#[test]
fn the_hosts_own_folder_does_not_exist() {
    check_path(".cowork", Err(ErrorCode::NoEntry));
    check_path("files/../.cowork/calls", Err(ErrorCode::NoEntry));
    check_path("files/hidden/calls", Err(ErrorCode::NoEntry));
}

#[test]
fn broken_paths_get_the_error_of_a_real_file_system() {
    check_path("", Err(ErrorCode::NoEntry));
    check_path("files/a\0b", Err(ErrorCode::Invalid));
    check_path(&"x".repeat(256), Err(ErrorCode::NameTooLong));
    check_path(&"x/".repeat(2049), Err(ErrorCode::NameTooLong));
    check_path("files/nowhere/x", Err(ErrorCode::NoEntry));
    check_path("files/a/text/x", Err(ErrorCode::NotDirectory));
}

proptest! {
    #[test]
    fn a_resolved_path_is_inside_and_visible(
        parts in proptest::collection::vec(
            prop_oneof![Just(".."), Just("."), Just(""), Just("files"), Just("a"), Just("b"), Just("up"), Just("out"),
                Just("hidden"), Just("inside"), Just("absolute"), Just("round"), Just(".cowork"), Just("new")],
            1..8,
        ),
        follow in any::<bool>(),
    ) {
        let (temporary, dir) = coworkspace();
        if let Ok(resolved) = resolve(&dir, Path::new("files"), &parts.join("/"), follow) {
            prop_assert!(access_of(&resolved.path) != Access::Hidden);
            prop_assert!(resolved.path.components().all(|part| matches!(part, std::path::Component::Normal(_))));
            let root = temporary.path().canonicalize().expect("the root");
            if let Some(real) = resolved.path.parent().and_then(|parent| root.join(parent).canonicalize().ok()) {
                prop_assert!(real.starts_with(&root), "{real:?}");
            }
        }
    }
}
