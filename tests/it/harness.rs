//! Emulators of AWS for tests, each in a Python environment that is made on first use and pinned in
//! `tests/emulators`. Nothing here skips: what cannot be started fails the test with the reason.

use std::collections::hash_map::DefaultHasher;
use std::ffi::OsString;
use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, OnceLock};

use serde_json::Value;

/// Where the scripts and the pinned requirements are.
fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emulators")
}

/// Where the environments are made: in the target folder, so that `cargo clean` takes them away.
fn environments() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("../emulators")
}

/// The interpreter that makes the environments. Everything after that runs inside them.
fn python() -> OsString {
    let found = ["python3", "/usr/bin/python3", "/usr/local/bin/python3", "python"].into_iter().find(|name| {
        Command::new(name)
            .args(["-c", "import sys; sys.exit(sys.version_info < (3, 10))"])
            .status()
            .is_ok_and(|status| status.success())
    });
    found.expect("the emulator tests need Python 3.10 or newer, and no `python3` was found: install it").into()
}

/// A Python environment with exactly the packages of one requirements file.
#[derive(Debug)]
struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// Makes it unless an earlier test, here or in another process, already has.
    fn ensure(name: &str) -> Self {
        let requirements = scripts().join(format!("{name}.txt"));
        let text = fs::read(&requirements).expect("the pinned requirements are in the tree");
        let python = python();
        let version = succeed(Command::new(&python).arg("--version"), "asking Python for its version");
        let mut hasher = DefaultHasher::new();
        (text, version.stdout).hash(&mut hasher);
        fs::create_dir_all(environments()).expect("the target folder can be written");
        let environments = environments().canonicalize().expect("the folder was just made");
        let folder = environments.join(format!("{name}-{:016x}", hasher.finish()));

        let lock = File::create(folder.with_extension("lock")).expect("the target folder can be written");
        lock.lock().expect("file locks work in the target folder");
        let environment = Self { folder };
        if !environment.ready().exists() {
            environment.make(&python, &requirements);
        }
        environment
    }

    /// Written last: a folder without it is a torso left by an interrupted run.
    fn ready(&self) -> PathBuf {
        self.folder.join("ready")
    }

    fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    fn make(&self, python: &OsString, requirements: &Path) {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder).expect("an unfinished environment can be removed");
        }
        let venv = Command::new(python).args(["-m", "venv"]).arg(&self.folder).output().expect("Python starts");
        let mut pip = if venv.status.success() {
            let mut pip = Command::new(self.program("python"));
            pip.args(["-m", "pip"]);
            pip
        } else {
            // Debian keeps `ensurepip` in a package of its own; the pip of the system can fill the environment instead.
            succeed(
                Command::new(python).args(["-m", "venv", "--clear", "--without-pip"]).arg(&self.folder),
                "making a Python environment (on Debian: apt-get install python3-venv)",
            );
            let mut pip = Command::new(python);
            pip.args(["-m", "pip", "--python"]).arg(self.program("python"));
            pip
        };
        succeed(
            pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(requirements),
            "installing what is pinned with pip (on Debian: apt-get install python3-venv python3-pip)",
        );
        let imports = if requirements.ends_with("ministack.txt") {
            "import ministack, cbor2, boto3"
        } else if requirements.ends_with("linters.txt") {
            "import cfnlint, checkov"
        } else {
            "import moto, boto3"
        };
        succeed(
            Command::new(self.program("python")).args(["-c", imports]),
            "importing what was installed (without cbor2 the emulator would accept metrics and forget them)",
        );
        fs::write(self.ready(), "").expect("the environment can be written");
    }
}

/// Runs a command to its end and fails with its output unless it succeeded.
fn succeed(command: &mut Command, what: &str) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{what} failed: {command:?}: {error}"));
    assert!(
        output.status.success(),
        "{what} failed with {}: {command:?}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// A running emulator. One of each kind serves a whole test process; it ends with the process, because its keeper
/// watches the pipe held here.
#[derive(Debug)]
pub(crate) struct Emulator {
    environment: Environment,
    port: u16,
    #[expect(dead_code, reason = "held for its standard input: when that closes, the emulator is ended")]
    keeper: Child,
}

static MINISTACK: LazyLock<Emulator> = LazyLock::new(|| start_ministack(false));
static ENFORCING: LazyLock<Emulator> = LazyLock::new(|| start_ministack(true));
static CHANGEABLE: LazyLock<Emulator> = LazyLock::new(|| start_ministack(true));
static MOTO: LazyLock<Emulator> = LazyLock::new(|| {
    let environment = Environment::ensure("moto");
    let server = environment.program("moto_server");
    start(
        environment,
        "/moto-api/data.json",
        &[server.as_os_str(), "-H".as_ref(), "127.0.0.1".as_ref(), "-p".as_ref(), "{port}".as_ref()],
        &[],
    )
});

fn start_ministack(enforcing: bool) -> Emulator {
    let environment = Environment::ensure("ministack");
    let server = environment.program("ministack");
    let mut settings = vec![
        ("BIND_HOST", "127.0.0.1"),
        ("MINISTACK_HOST", "127.0.0.1"),
        ("GATEWAY_PORT", "{port}"),
        ("SFTP_ENABLED", "0"),
        ("IOT_MTLS_ENABLED", "0"),
        ("PERSIST_STATE", "0"),
    ];
    if enforcing {
        settings.push(("AUTH", "true"));
    }
    start(environment, "/_ministack/health", &[server.as_os_str()], &settings)
}

fn start(environment: Environment, health: &str, command: &[&std::ffi::OsStr], settings: &[(&str, &str)]) -> Emulator {
    let mut keeper = Command::new(environment.program("python"))
        .arg(scripts().join("keep.py"))
        .arg(health)
        .args(command)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .envs(settings.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the environment's Python starts");
    let mut line = String::new();
    BufReader::new(keeper.stdout.take().expect("it is piped")).read_line(&mut line).expect("the keeper speaks UTF-8");
    let Some(port) = line.trim().strip_prefix("listening ").and_then(|port| port.parse().ok()) else {
        let mut said = String::new();
        drop(keeper.stdin.take());
        drop(keeper.stderr.take().expect("it is piped").read_to_string(&mut said));
        panic!("the emulator did not start: {command:?}\n{said}");
    };
    Emulator { environment, port, keeper }
}

/// A linter of CloudFormation templates, ready to be given its arguments: nothing of the machine's own settings reaches it.
pub(crate) fn linter(name: &str) -> Command {
    let environment = Environment::ensure("linters");
    let mut command = Command::new(environment.program(name));
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home()).current_dir(home());
    command
}

/// The emulator of most services.
pub(crate) fn ministack() -> &'static Emulator {
    &MINISTACK
}

/// The same with IAM enforced.
pub(crate) fn enforcing() -> &'static Emulator {
    &ENFORCING
}

/// Another with IAM enforced. It has but one account too, and here that account is changed.
pub(crate) fn enforcing_changes() -> &'static Emulator {
    &CHANGEABLE
}

/// A second emulator, for what the first writes wrongly on the wire.
pub(crate) fn moto() -> &'static Emulator {
    &MOTO
}

/// How many accounts this process has used.
static ACCOUNTS: AtomicU64 = AtomicU64::new(1);

impl Emulator {
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// An account nobody else has: twelve digits as access key are the account itself to the emulator, so tests run
    /// beside each other without a reset.
    pub(crate) fn account(&'static self) -> Account {
        let number = ACCOUNTS.fetch_add(1, Ordering::Relaxed);
        self.known_account(&format!("{:012}", 700_000_000_000 + number), "emulated")
    }

    /// Somebody with a key of their own.
    pub(crate) fn known_account(&'static self, access_key_id: &str, secret_access_key: &str) -> Account {
        Account {
            emulator: self,
            endpoint: self.endpoint(),
            access_key_id: access_key_id.to_owned(),
            secret_access_key: secret_access_key.to_owned(),
        }
    }
}

/// AWS's own command line under the name that scripts call it by, which for RDS in us-east-1 asks AWS itself unless an
/// option says where else.
const AWS: &str = "#!/bin/sh\nexec \"$AWS_CLI\" \"$@\" --endpoint-url \"$AWS_ENDPOINT_URL\"\n";

/// Credentials at an emulator, and the address under which it is asked: its own or a proxy's.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    emulator: &'static Emulator,
    pub(crate) endpoint: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
}

/// A folder for one test's home, configuration and data, removed with the process's temporary files.
fn home() -> &'static Path {
    static HOME: OnceLock<tempfile::TempDir> = OnceLock::new();
    HOME.get_or_init(|| tempfile::tempdir().expect("the temporary folder can be written")).path()
}

impl Account {
    /// The same credentials, asked through another address.
    pub(crate) fn through(&self, endpoint: String) -> Self {
        Self { endpoint, ..self.clone() }
    }

    /// The whole environment of a process that is to see this account and nothing of the machine's own AWS settings.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("HOME", home().display().to_string()),
            ("PATH", "/usr/bin:/bin".to_owned()),
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_ACCESS_KEY_ID", self.access_key_id.clone()),
            ("AWS_SECRET_ACCESS_KEY", self.secret_access_key.clone()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_CONFIG_FILE", home().join("no-config").display().to_string()),
            ("AWS_SHARED_CREDENTIALS_FILE", home().join("no-credentials").display().to_string()),
            ("AWS_PAGER", String::new()),
        ]
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.emulator.environment.program(program));
        command.env_clear().envs(self.variables());
        command
    }

    /// Runs a script of `tests/emulators` as this account and gives the JSON it prints.
    pub(crate) fn boto(&self, script: &str, arguments: &[&str]) -> Value {
        self.boto_given(script, arguments, "")
    }

    /// The same with text on its standard input.
    pub(crate) fn boto_given(&self, script: &str, arguments: &[&str], input: &str) -> Value {
        let mut child = self
            .command("python")
            .arg(scripts().join(script))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the environment's Python starts");
        child.stdin.take().expect("it is piped").write_all(input.as_bytes()).expect("the script reads its input");
        let output = child.wait_with_output().expect("the script ends");
        assert!(output.status.success(), "{script} {arguments:?} failed:\n{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{script} printed no JSON ({error}): {}", String::from_utf8_lossy(&output.stdout))
        })
    }

    /// Runs a shell script that calls `aws`, with what somebody types to it, in a folder of its own.
    pub(crate) fn script(&self, text: &str, typed: &str) -> Output {
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        let (script, aws) = (folder.path().join("script.sh"), folder.path().join("aws"));
        fs::write(&script, text).expect("the folder can be written");
        fs::write(&aws, AWS).expect("the folder can be written");
        fs::set_permissions(&aws, PermissionsExt::from_mode(0o755)).expect("the folder's files can be set");
        let mut child = Command::new("sh")
            .arg(&script)
            .env_clear()
            .envs(self.variables())
            .env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()))
            .env("AWS_CLI", self.emulator.environment.program("aws"))
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("there is a POSIX shell");
        // A script that stops before it asks leaves nobody to read.
        drop(child.stdin.take().expect("it is piped").write_all(typed.as_bytes()));
        child.wait_with_output().expect("the script ends")
    }

    /// Runs AWS's own command line, of which the first word `aws` is already said.
    pub(crate) fn aws(&self, arguments: &[String]) -> Output {
        // Said as an option too: for RDS in us-east-1 this version asks AWS itself whatever the variable says.
        let endpoint = ["--endpoint-url", self.endpoint.as_str()];
        self.command("aws")
            .args(arguments)
            .args(endpoint)
            .stdin(Stdio::null())
            .output()
            .expect("the environment has the AWS CLI")
    }
}

#[test]
fn metrics_put_by_boto_are_kept_and_accounts_do_not_see_each_other() {
    let (one, other) = (ministack().account(), ministack().account());
    let filled = one.boto("fill.py", &["--suffix", "harness"]);
    assert_eq!(filled["account"], one.access_key_id.as_str());
    let table = format!("--table={}", filled["table"].as_str().expect("it names the table"));
    let seen = one.boto("look.py", &[&table]);
    assert_eq!(seen["table"]["us-east-2"]["status"], "ACTIVE");
    let stranger = other.aws(&["dynamodb", "list-tables", "--output", "json"].map(str::to_owned));
    assert!(stranger.status.success(), "{}", String::from_utf8_lossy(&stranger.stderr));
    let tables: Value = serde_json::from_slice(&stranger.stdout).expect("the AWS CLI prints JSON");
    assert_eq!(tables["TableNames"], Value::Array(Vec::new()));
}
