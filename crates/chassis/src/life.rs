//! The life of a service: from its arguments to its exit code.

use crate::{
    Context, Env,
    beat::Beater,
    boot::{Boot, Error},
    command::{Command, OPS_PORT, healthcheck},
    context::Vitals,
    log,
    ops::{self, Ops},
    shutdown,
    tasks::supervise,
};
use anyhow::Context as _;
use bus::Bus;
use std::{future::Future, net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{error, info, warn};
use truth::settings::{Configure, Identity, Settings};
use wire::system::{ERROR_LOG, Status};

const GRACE: Duration = Duration::from_secs(6);
const EXIT_USAGE: u8 = 2;
const EXIT_FAILED: u8 = 70;
const EXIT_CONFIG: u8 = 78;
const MODES: [&str; 1] = ["static"];

/// Runs a service for its whole life: `id` is its `SERVICE_ID` unless the environment names another.
///
/// `serve` is the main work. It returns when the bus closes at shutdown; an error or a panic starts it again.
pub async fn run<C, S, F>(id: &str, serve: S) -> ExitCode
where
    C: Configure,
    S: Fn(Context<C>) -> F + Send + Sync + 'static,
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    Box::pin(start(id, serve, false)).await
}

/// As [`run`], for a service that must work when Truth cannot be read: it then starts on its defaults.
pub async fn run_on_defaults<C, S, F>(id: &str, serve: S) -> ExitCode
where
    C: Configure,
    S: Fn(Context<C>) -> F + Send + Sync + 'static,
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    Box::pin(start(id, serve, true)).await
}

async fn start<C, S, F>(id: &str, serve: S, on_defaults: bool) -> ExitCode
where
    C: Configure,
    S: Fn(Context<C>) -> F + Send + Sync + 'static,
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let env = Env::of_process();
    let ops_port = env.parse("OPS_PORT", OPS_PORT).unwrap_or(OPS_PORT);
    let args: Vec<String> = std::env::args().skip(1).collect();
    match Command::parse(&args, &MODES) {
        Command::Run => {}
        Command::Healthcheck => return healthcheck(ops_port, "/healthz").await,
        Command::Version => {
            say(&format!("{id} {}", env!("CARGO_PKG_VERSION")));
            return ExitCode::SUCCESS;
        }
        Command::Usage => {
            eprintln!("usage: {id} [healthcheck | --version]");
            return ExitCode::from(EXIT_USAGE);
        }
    }
    let service = env.get("SERVICE_ID").unwrap_or_else(|| id.to_owned());
    log::init(&service, &env);
    ops::install_metrics();
    install_tls();
    match live(service, env, ops_port, serve, on_defaults).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let code = if failure.downcast_ref::<Error>().is_some() { EXIT_CONFIG } else { EXIT_FAILED };
            error!(error = format!("{failure:#}"), exit_code = code, "cannot go on");
            ExitCode::from(code)
        }
    }
}

async fn live<C, S, F>(
    service: String,
    env: Env,
    ops_port: u16,
    serve: S,
    on_defaults: bool,
) -> anyhow::Result<()>
where
    C: Configure,
    S: Fn(Context<C>) -> F + Send + Sync + 'static,
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let stall: f64 = env.parse("HB_STALL_SEC", 20.0)?;
    let vitals = Arc::new(Vitals::new(Duration::from_secs_f64(stall.max(0.1))));
    let closed = CancellationToken::new();
    let background = TaskTracker::new();
    background.spawn(shutdown::on_signal(closed.clone()));
    background.spawn(pulse(Arc::clone(&vitals)));

    let ops = Ops::new(Arc::clone(&vitals));
    let address = SocketAddr::from(([0, 0, 0, 0], ops_port));
    let listener = TcpListener::bind(address).await.with_context(|| format!("ops listener on {address}"))?;
    background.spawn(ops.clone().serve(listener, closed.clone()));

    let boot = Boot::new(service.clone(), env.clone())?;
    let booted = closed.run_until_cancelled(settings(&boot, on_defaults)).await;
    let Some(settings) = booted else { return Ok(()) };
    let settings = settings?;
    let config = match C::read(&settings) {
        Ok(config) => config,
        Err(fault) if on_defaults => {
            warn!(error = %fault, "started on defaults");
            C::default()
        }
        Err(fault) => return Err(Error::Unusable(fault).into()),
    };
    log::configure(settings.text("LOG_LEVEL").as_deref(), settings.secrets());

    let mut urls = settings.bus_urls();
    if urls.is_empty() {
        urls.push((wire::BusId::System, env.truth_url()));
    }
    let bus = Bus::open(urls)?;
    ops.truth_loaded(bus.clone());
    if let Some(mut lines) = log::forwarded() {
        let bus = bus.clone();
        background.spawn(async move {
            while let Some(line) = lines.recv().await {
                // A line that cannot be kept is on stdout already; telling of it here would loop.
                let _kept = timeout(Duration::from_secs(1), bus.append(&ERROR_LOG, &line)).await;
            }
        });
    }
    let (changes, watched) = watch::channel(Arc::clone(&settings));
    background.spawn(reload(boot, Arc::clone(&vitals), changes));
    let body =
        Body { settings: watched, config: Arc::new(config), bus, vitals, closed, url: env.truth_url() };
    body.serve(serve).await
}

async fn settings(boot: &Boot, on_defaults: bool) -> Result<Arc<Settings>, Error> {
    if !on_defaults {
        boot.bus().await;
        return boot.settings().await;
    }
    match timeout(Duration::from_secs(5), boot.try_settings()).await {
        Ok(Ok(Some(settings))) => Ok(Arc::new(settings)),
        _ => {
            warn!("truth cannot be read, started on defaults");
            Ok(Arc::new(Settings::empty(Identity::of(&boot.service), boot.env.all().clone())))
        }
    }
}

/// Reads Truth anew whenever the revision that the beat reads is not the one that is loaded.
async fn reload(boot: Boot, vitals: Arc<Vitals>, changes: watch::Sender<Arc<Settings>>) {
    let mut stored = vitals.stored_rev.subscribe();
    while stored.changed().await.is_ok() {
        let rev = *stored.borrow_and_update();
        if rev == changes.borrow().rev() {
            continue;
        }
        match boot.try_settings().await {
            Ok(Some(settings)) => {
                info!(rev, "truth changed");
                log::configure(settings.text("LOG_LEVEL").as_deref(), settings.secrets());
                changes.send_replace(Arc::new(settings));
            }
            Ok(None) => error!(rev, "new truth has no such component, the old one stays"),
            Err(error) => error!(rev, %error, "new truth ignored, the old one stays"),
        }
    }
}

async fn pulse(vitals: Arc<Vitals>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    loop {
        ticks.tick().await;
        vitals.pulse();
    }
}

/// A configured service, ready to serve.
struct Body<C> {
    settings: watch::Receiver<Arc<Settings>>,
    config: Arc<C>,
    bus: Bus,
    vitals: Arc<Vitals>,
    closed: CancellationToken,
    url: String,
}

impl<C: Configure> Body<C> {
    async fn serve<S, F>(self, serve: S) -> anyhow::Result<()>
    where
        S: Fn(Context<C>) -> F + Send + Sync + 'static,
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let settings = Arc::clone(&self.settings.borrow());
        self.vitals.truth_rev.store(settings.rev(), std::sync::atomic::Ordering::Relaxed);
        let beating = Beater {
            service: settings.service_id().to_owned(),
            version: env!("CARGO_PKG_VERSION"),
            instance: format!("{:08x}", rand::random::<u32>()),
            url: self.url,
            heartbeat: settings.heartbeat(),
            vitals: Arc::clone(&self.vitals),
            finish: CancellationToken::new(),
        }
        .start()
        .await
        .context("start heartbeat")?;
        info!(component = settings.component_id(), rev = settings.rev(), "started");

        let context = Context {
            bus: self.bus.clone(),
            config: self.config,
            settings: self.settings,
            vitals: Arc::clone(&self.vitals),
            closed: self.closed.clone(),
            attempt: CancellationToken::new(),
            tracker: TaskTracker::new(),
        };
        let tracker = context.tracker.clone();
        let closed = self.closed.clone();
        let mut attempt = CancellationToken::new();
        let main = supervise("main", self.vitals.restarts.clone(), closed.clone(), || {
            std::mem::replace(&mut attempt, CancellationToken::new()).cancel();
            let work = serve(Context { attempt: attempt.clone(), ..context.clone() });
            let closed = closed.clone();
            async move {
                work.await?;
                anyhow::ensure!(closed.is_cancelled(), "the main work ended by itself");
                Ok(())
            }
        });
        let bus = self.bus.clone();
        let vitals = Arc::clone(&self.vitals);
        let closing = async {
            self.closed.cancelled().await;
            vitals.set_status(Status::Stopping);
            bus.close();
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            () = main => {}
            () = closing => warn!("main work cut at shutdown"),
        }
        tracker.close();
        if timeout(Duration::from_secs(1), tracker.wait()).await.is_err() {
            warn!(open = tracker.len(), "tasks cut at shutdown");
            attempt.cancel();
        }
        beating.stop().await;
        info!("stopped");
        Ok(())
    }
}

/// A service that runs inside another process: a test or a bench.
#[derive(Debug)]
pub struct Embedded {
    closed: CancellationToken,
    life: JoinHandle<anyhow::Result<()>>,
}

/// Starts `serve` in this process, with a heartbeat to `url` (system-redis) but without signals and ops listener.
pub fn embed<C, S, F>(bus: Bus, url: String, settings: Settings, config: C, serve: S) -> Embedded
where
    C: Configure,
    S: Fn(Context<C>) -> F + Send + Sync + 'static,
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    install_tls();
    let vitals = Arc::new(Vitals::new(Duration::from_secs(20)));
    let closed = CancellationToken::new();
    let (changes, watched) = watch::channel(Arc::new(settings));
    let body = Body {
        settings: watched,
        config: Arc::new(config),
        bus,
        vitals: Arc::clone(&vitals),
        closed: closed.clone(),
        url,
    };
    #[expect(clippy::disallowed_methods, reason = "this is the root that supervises; its handle is kept")]
    let life = tokio::spawn(async move {
        let _unchanging = changes;
        tokio::select! {
            served = body.serve(serve) => served,
            () = pulse(vitals) => Ok(()),
        }
    });
    Embedded { closed, life }
}

impl Embedded {
    /// Asks it to stop and waits for it.
    ///
    /// # Errors
    /// It did not stop within its grace period, or it panicked.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.closed.cancel();
        timeout(GRACE + Duration::from_secs(6), self.life)
            .await
            .context("still running")?
            .context("panicked")?
    }
}

/// One TLS provider for every client of the process. A second call changes nothing.
pub(crate) fn install_tls() {
    let _kept = rustls::crypto::ring::default_provider().install_default();
}

#[expect(clippy::print_stdout, reason = "the answer to --version")]
fn say(text: &str) {
    println!("{text}");
}
