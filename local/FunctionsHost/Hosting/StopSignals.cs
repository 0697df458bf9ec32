using System.Runtime.InteropServices;

namespace McpFunctions.Local.FunctionsHost.Hosting;

/// <summary>
/// SIGINT, SIGTERM and SIGHUP (closed terminal). The first signal stops the host in order, the second at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _force = new();
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignals() =>
        _registrations = [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Handle),
        ];

    public CancellationToken Stop => _stop.Token;

    public CancellationToken Force => _force.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
        _force.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true; // the process ends when the host has stopped
        (_stop.IsCancellationRequested ? _force : _stop).Cancel();
    }
}
