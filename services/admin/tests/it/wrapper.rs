//! `./admin`, with a program of its own choice or a pretended Docker behind it.

use crate::operator::{Ran, script_at};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

struct Wrapper {
    checkout: TempDir,
}

impl Wrapper {
    fn new() -> Self {
        let checkout = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../admin");
        fs::copy(source, checkout.path().join("admin")).unwrap();
        Self { checkout }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.checkout.path().join(name)
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let path = format!("{}:/usr/bin:/bin", self.path("tools").display());
        let mut command = Command::new("/bin/sh");
        command.arg("./admin").args(arguments).current_dir(self.checkout.path());
        command.env_clear().env("PATH", path).envs(variables.iter().copied());
        command.output().unwrap().into()
    }
}

const ECHO: &str =
    r#"echo "$0 [$*] project=$COMPOSE_PROJECT_NAME port=$MS_PORT_SSE url=$BOOTSTRAP_REDIS_URL other=$OTHER""#;

#[test]
fn the_program_is_looked_for_in_order() {
    let wrapper = Wrapper::new();
    for (name, level) in
        [("debug", "target/debug"), ("release", "target/release"), ("dist", "target/dist"), ("bin", "bin")]
    {
        script_at(&wrapper.path(level).join("ms-admin"), &format!("echo {name} \"$@\""));
        assert_eq!(wrapper.run(&["status", "--json"], &[]).out.trim(), format!("{name} status --json"));
    }
    script_at(&wrapper.path("elsewhere/mine"), "echo mine; exit 4");
    let own = wrapper.path("elsewhere/mine").display().to_string();
    let ran = wrapper.run(&["status"], &[("MS_ADMIN_BIN", &own)]);
    assert_eq!((ran.out.trim(), ran.code), ("mine", Some(4)), "its exit code is handed on");
}

#[test]
fn settings_come_from_the_process_then_env_admin_then_env() {
    let wrapper = Wrapper::new();
    script_at(&wrapper.path("bin/ms-admin"), ECHO);
    fs::write(wrapper.path(".env"), "COMPOSE_PROJECT_NAME=from-env\nMS_PORT_SSE=3999\nOTHER=no\n").unwrap();
    let admin = "# mine\nexport BOOTSTRAP_REDIS_URL=\"redis://h:1\"\nCOMPOSE_PROJECT_NAME=from-admin\nMS_X$(touch evil)=1\n";
    fs::write(wrapper.path(".env.admin"), admin).unwrap();

    let ran = wrapper.run(&[], &[]);
    assert!(ran.out.contains("project=from-admin port=3999 url=redis://h:1 other="), "{ran:?}");
    assert!(!ran.out.contains("other=no"), "only the names of the contract are taken: {ran:?}");
    assert!(!wrapper.path("evil").exists());

    let ran = wrapper.run(&[], &[("COMPOSE_PROJECT_NAME", "mine"), ("MS_PORT_SSE", "")]);
    assert!(ran.out.contains("project=mine port= url"), "{ran:?}");
}

#[test]
fn without_a_program_it_says_how_to_make_one() {
    let wrapper = Wrapper::new();
    script_at(&wrapper.path("tools/docker"), "exit 1");
    let ran = wrapper.run(&["status"], &[]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err.contains("cargo build -p admin") && ran.err.contains("marketswarm/admin:current"),
        "{ran:?}"
    );
}

/// A Docker that has the image, and writes down what it is asked for.
fn with_image(wrapper: &Wrapper, network: &str) -> PathBuf {
    let record = wrapper.path("docker.log");
    let script = format!(
        r#"case "$*" in
  "image inspect marketswarm/admin:v7") exit 0 ;;
  "image inspect "*) exit 1 ;;
  "info "*) exit 0 ;;
  "compose version --short") echo 2.26.1; exit 0 ;;
esac
echo "$COMPOSE_PROJECT_NAME|$*" >>'{}'
case "$*" in
  "network inspect "*) {network} ;;
  "ps -a "*) printf '1 system-redis\n3 vigil\n2 healer\n' ;;
  "run "*) echo "in the image"; exit 3 ;;
esac"#,
        record.display()
    );
    script_at(&wrapper.path("tools/docker"), &script);
    record
}

#[test]
fn without_a_program_the_image_runs_it() {
    let wrapper = Wrapper::new();
    let record = with_image(&wrapper, "exit 1");
    let variables = [("MS_TAG", "v7"), ("MS_PORT_SSE", "3999"), ("TRUTH_DIR", "truth"), ("OTHER", "no")];
    let ran = wrapper.run(&["load-truth", "--dry-run"], &variables);
    assert_eq!((ran.code, ran.out.trim()), (Some(3), "in the image"), "{ran:?}");

    let asked = fs::read_to_string(record).unwrap();
    let root = fs::canonicalize(wrapper.checkout.path()).unwrap().display().to_string();
    assert!(asked.trim().ends_with("marketswarm/admin:v7 load-truth --dry-run"), "{asked}");
    for part in [
        "run --rm -i --network host",
        "--cap-drop ALL",
        "-e MS_PORT_SSE",
        "-e TRUTH_DIR",
        "-e MS_COMPOSE_VERSION",
        "-e DOCKER_HOST",
        &format!("-v {root}:{root} -w {root}"),
    ] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
    assert!(!asked.contains("OTHER") && asked.contains("--user "), "{asked}");
}

#[test]
fn up_and_down_happen_on_the_host_when_the_program_is_in_its_image() {
    let wrapper = Wrapper::new();
    let record = with_image(&wrapper, "echo '|0'");
    let lines = || fs::read_to_string(&record).unwrap().lines().map(str::to_owned).collect::<Vec<_>>();
    let variables = [("MS_TAG", "v7"), ("COMPOSE_PROJECT_NAME", "two")];

    let up = wrapper.run(&["--quiet", "--project", "two", "up", "--build", "vigil"], &variables);
    assert_eq!(up.code, Some(0), "{up:?}");
    assert!(up.err.contains("removed the empty network marketswarm-bus"), "{up:?}");
    assert_eq!(lines()[1..], ["two|network rm marketswarm-bus", "two|compose up -d --build vigil"]);

    let down = wrapper.run(&["down", "--volumes", "--yes"], &variables);
    assert_eq!(down.code, Some(0), "{down:?}");
    assert_eq!(lines()[3], "two|compose --profile * down --remove-orphans --volumes");
    assert_eq!(wrapper.run(&["down", "--volumes"], &variables).code, Some(1), "nobody agreed");
    assert_eq!(lines().len(), 4);
}

#[test]
fn a_phased_start_on_the_host_asks_the_image_for_the_beats() {
    let wrapper = Wrapper::new();
    let record = with_image(&wrapper, "exit 1");
    let up = wrapper.run(&["up", "--phased", "--wait", "7"], &[("MS_TAG", "v7")]);
    // The pretended image says 3: the beats of phase 2 never came, so phase 3 is not begun.
    assert_eq!(up.code, Some(3), "{up:?}");
    let lines = fs::read_to_string(&record).unwrap();
    assert!(
        lines.contains("compose up -d system-redis") && lines.contains("compose up -d healer"),
        "{lines}"
    );
    assert!(lines.contains("v7 await-beats --wait 7 healer"), "{lines}");
    assert!(!lines.contains("compose up -d vigil"), "{lines}");
}

#[test]
fn a_network_in_use_is_a_clear_error() {
    let wrapper = Wrapper::new();
    let record = with_image(&wrapper, "echo '|2'");
    let up = wrapper.run(&["up"], &[("MS_TAG", "v7")]);
    assert_eq!(up.code, Some(1), "{up:?}");
    assert!(up.err.contains("network marketswarm-bus was not made by Compose and is in use"), "{up:?}");
    assert!(!fs::read_to_string(record).unwrap().contains("compose up"));
}

#[test]
fn the_script_is_clean_for_every_shell() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../admin");
    let checked = Command::new("shellcheck").args(["--shell", "sh"]).arg(&script).output();
    let checked = checked.expect("shellcheck is installed (Debian package shellcheck)");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}
