//! The binary `switchboard`.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
