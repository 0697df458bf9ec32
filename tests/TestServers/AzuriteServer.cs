using System.Globalization;
using System.Runtime.CompilerServices;

namespace McpFunctions.TestServers;

/// <summary>Where an <see cref="AzuriteServer"/> keeps what is stored in it.</summary>
public enum AzuriteStorage
{
    /// <summary>In its memory: quick, and gone when it stops.</summary>
    InMemory,

    /// <summary>In a temporary folder: still there after <see cref="AzuriteServer.StartAgainAsync"/>.</summary>
    OnDisk,
}

/// <summary>A real Azurite, blob, queue and table service, on loopback ports of its own.</summary>
public sealed class AzuriteServer : IAsyncDisposable
{
    // The emulator's published account; it opens nothing but an emulator.
    private const string UsualAccount = "devstoreaccount1";
    private const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private const int OtherAccounts = 200;

    private readonly AzuriteStorage _storage;
    private readonly TemporaryFolder _data;
    private readonly bool _isOwner;
    // Of the server, and not of who knows it under one account.
    private readonly StrongBox<int> _accountsTaken;
    private ChildProcess _process;

    private AzuriteServer(
        AzuritePorts ports, AzuriteStorage storage, TemporaryFolder data, ChildProcess process, StrongBox<int> accountsTaken, string? account = null)
    {
        _accountsTaken = accountsTaken;
        Ports = ports;
        _storage = storage;
        _data = data;
        _process = process;
        _isOwner = account is null;
        ConnectionString = ConnectionStringFor(ports, account);
    }

    /// <summary>Its ports, the same for the server's whole life.</summary>
    public AzuritePorts Ports { get; }

    /// <summary>For the Azure SDK and for <c>AzureWebJobsStorage</c>.</summary>
    public string ConnectionString { get; }

    /// <summary>The running, or last, Azurite process.</summary>
    public ChildProcess Process => _process;

    /// <summary>Starts one that is empty and ready.</summary>
    public static async Task<AzuriteServer> StartAsync(AzuriteStorage storage = AzuriteStorage.InMemory)
    {
        await Prerequisites.EnsureAsync().ConfigureAwait(false);
        var data = new TemporaryFolder();
        try
        {
            return await FreePort.RetryAsync(async blobPort =>
            {
                var ports = new AzuritePorts(blobPort, FreePort.Next(), FreePort.Next());
                return new AzuriteServer(ports, storage, data, await LaunchAsync(ports, storage, data).ConfigureAwait(false), new StrongBox<int>());
            }).ConfigureAwait(false);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The same server with an account in which there is nothing yet: as good as one of one's own, without the time that one takes
    /// to start, for whoever does not stop it. Disposing of it ends nothing.
    /// </summary>
    public AzuriteServer WithNewAccount() => new(Ports, _storage, _data, _process, _accountsTaken, NewAccount());

    /// <summary>An account in which there is nothing yet.</summary>
    /// <returns>The account's name.</returns>
    public string NewAccount() => NameOf(Interlocked.Increment(ref _accountsTaken.Value));

    /// <summary>The connection string of an Azurite on the given ports of this machine.</summary>
    /// <param name="ports">Its ports.</param>
    /// <param name="account">One of <see cref="NewAccount"/>; the usual one when null.</param>
    public static string ConnectionStringFor(AzuritePorts ports, string? account = null) => string.Create(
        CultureInfo.InvariantCulture,
        $"DefaultEndpointsProtocol=http;AccountName={account ?? UsualAccount};AccountKey={AccountKey};BlobEndpoint=http://127.0.0.1:{ports.Blob}/{account ?? UsualAccount};QueueEndpoint=http://127.0.0.1:{ports.Queue}/{account ?? UsualAccount};TableEndpoint=http://127.0.0.1:{ports.Table}/{account ?? UsualAccount};");

    /// <summary>Ends it politely: on disk, it writes out its tables.</summary>
    public Task StopAsync() => _process.TerminateAsync();

    /// <summary>Ends it with kill -9.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>It stands still: connections stay open, nothing is answered.</summary>
    public void Freeze() => _process.Send(ProcessSignal.Freeze);

    /// <summary>It goes on after <see cref="Freeze"/>.</summary>
    public void Thaw() => _process.Send(ProcessSignal.Thaw);

    /// <summary>Starts it again on the same ports after <see cref="StopAsync"/> or <see cref="KillAsync"/>.</summary>
    public async Task StartAgainAsync()
    {
        if (!_process.HasExited)
        {
            throw new InvalidOperationException("Azurite is still running.");
        }
        await _process.DisposeAsync().ConfigureAwait(false);
        _process = await LaunchAsync(Ports, _storage, _data).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_isOwner)
        {
            return;
        }
        await _process.DisposeAsync().ConfigureAwait(false);
        _data.Dispose();
    }

    private static async Task<ChildProcess> LaunchAsync(AzuritePorts ports, AzuriteStorage storage, TemporaryFolder data)
    {
        string[] where = storage == AzuriteStorage.InMemory ? ["--inMemoryPersistence"] : ["--location", data.Path];
        var process = await ChildProcess.StartAsync(
            "node",
            [
                Repository.PathOf("local", "azurite", "node_modules", "azurite", "dist", "src", "azurite.js"),
                "--blobPort", $"{ports.Blob}", "--queuePort", $"{ports.Queue}", "--tablePort", $"{ports.Table}",
                // The SDK may speak a newer API version than this Azurite knows. Telemetry would leave this machine, and holds up the stop.
                "--skipApiVersionCheck", "--disableTelemetry", "--silent", .. where,
            ],
            new Dictionary<string, string?>
            {
                ["AZURITE_ACCOUNTS"] = string.Join(';', Enumerable.Range(1, OtherAccounts).Select(NameOf).Prepend(UsualAccount).Select(account => $"{account}:{AccountKey}")),
            },
            // It writes its own settings where it runs.
            workingDirectory: data.Path,
            name: $"Azurite on ports {ports.Blob}, {ports.Queue}, {ports.Table}").ConfigureAwait(false);
        try
        {
            // The table service is the last to start.
            await process.WaitForLineAsync("Table service is successfully listening").ConfigureAwait(false);
            return process;
        }
        catch
        {
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static string NameOf(int account) => string.Create(CultureInfo.InvariantCulture, $"account{account}");
}
