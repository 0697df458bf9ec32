using System.Globalization;
using System.Runtime.CompilerServices;

namespace McpFunctions.TestServers;

/// <summary>Where an <see cref="AzuriteServer"/> keeps its data.</summary>
public enum AzuriteStorage
{
    /// <summary>In memory: fast, and lost when the server stops.</summary>
    InMemory,

    /// <summary>In a temporary folder: kept for <see cref="AzuriteServer.StartAgainAsync"/>.</summary>
    OnDisk,
}

/// <summary>A real Azurite with blob, queue and table service, on its own loopback ports.</summary>
public sealed class AzuriteServer : IAsyncDisposable
{
    // The emulator's published account. It is valid only for emulators.
    private const string UsualAccount = "devstoreaccount1";
    private const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private const int OtherAccounts = 1_000;

    private readonly AzuriteStorage _storage;
    private readonly TemporaryFolder _data;
    private readonly bool _isOwner;
    private readonly TestCertificate? _certificate;
    // Shared by all instances that use the same server.
    private readonly StrongBox<int> _accountsTaken;
    private ChildProcess _process;

    private AzuriteServer(
        AzuritePorts ports, AzuriteStorage storage, TemporaryFolder data, ChildProcess process, StrongBox<int> accountsTaken, string? account = null,
        TestCertificate? certificate = null)
    {
        _certificate = certificate;
        _accountsTaken = accountsTaken;
        Ports = ports;
        _storage = storage;
        _data = data;
        _process = process;
        _isOwner = account is null;
        ConnectionString = ConnectionStringFor(ports, account);
    }

    /// <summary>The ports. They stay the same across restarts.</summary>
    public AzuritePorts Ports { get; }

    /// <summary>The connection string for the Azure SDK and <c>AzureWebJobsStorage</c>.</summary>
    public string ConnectionString { get; }

    /// <summary>The Azurite process; after a stop, the last one.</summary>
    public ChildProcess Process => _process;

    /// <summary>The address of its blobs, for clients with a token.</summary>
    public Uri BlobsByToken => AddressByToken(Ports.Blob);

    /// <summary>The address of its tables, for clients with a token.</summary>
    public Uri TablesByToken => AddressByToken(Ports.Table);

    /// <summary>Starts an empty server and waits until it is ready.</summary>
    /// <param name="storage">Where it keeps its data.</param>
    /// <param name="certificate">With one, it speaks TLS only, and takes tokens too.</param>
    public static async Task<AzuriteServer> StartAsync(AzuriteStorage storage = AzuriteStorage.InMemory, TestCertificate? certificate = null)
    {
        await Prerequisites.EnsureAsync().ConfigureAwait(false);
        var data = new TemporaryFolder();
        try
        {
            return await FreePort.RetryAsync(async blobPort =>
            {
                var ports = new AzuritePorts(blobPort, FreePort.Next(), FreePort.Next());
                return new AzuriteServer(ports, storage, data, await LaunchAsync(ports, storage, data, certificate).ConfigureAwait(false), new StrongBox<int>(), certificate: certificate);
            }).ConfigureAwait(false);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The same server with a new, empty account. Tests that do not stop the server use it to save the start of their own.
    /// Disposing the result does not stop the server.
    /// </summary>
    public AzuriteServer WithNewAccount() => new(Ports, _storage, _data, _process, _accountsTaken, NewAccount());

    /// <summary>Reserves an empty account.</summary>
    /// <returns>The account's name.</returns>
    public string NewAccount() => NameOf(Interlocked.Increment(ref _accountsTaken.Value));

    /// <summary>The connection string of an Azurite on the given local ports.</summary>
    /// <param name="ports">Its ports.</param>
    /// <param name="account">An account from <see cref="NewAccount"/>; null means the default account.</param>
    public static string ConnectionStringFor(AzuritePorts ports, string? account = null) => string.Create(
        CultureInfo.InvariantCulture,
        $"DefaultEndpointsProtocol=http;AccountName={account ?? UsualAccount};AccountKey={AccountKey};BlobEndpoint=http://127.0.0.1:{ports.Blob}/{account ?? UsualAccount};QueueEndpoint=http://127.0.0.1:{ports.Queue}/{account ?? UsualAccount};TableEndpoint=http://127.0.0.1:{ports.Table}/{account ?? UsualAccount};");

    /// <summary>Stops it with SIGTERM. An Azurite on disk writes its tables first.</summary>
    public Task StopAsync() => _process.TerminateAsync(Eventually.DefaultDeadline);

    /// <summary>Kills it with SIGKILL.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Freezes the process: connections stay open, but no request gets a response.</summary>
    public void Freeze() => _process.Send(ProcessSignal.Freeze);

    /// <summary>Lets the process continue after <see cref="Freeze"/>.</summary>
    public void Thaw() => _process.Send(ProcessSignal.Thaw);

    /// <summary>Starts it again on the same ports after <see cref="StopAsync"/> or <see cref="KillAsync"/>.</summary>
    public async Task StartAgainAsync()
    {
        if (!_process.HasExited)
        {
            throw new InvalidOperationException("Azurite is still running.");
        }
        await _process.DisposeAsync().ConfigureAwait(false);
        _process = await LaunchAsync(Ports, _storage, _data, _certificate).ConfigureAwait(false);
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

    private static async Task<ChildProcess> LaunchAsync(AzuritePorts ports, AzuriteStorage storage, TemporaryFolder data, TestCertificate? certificate)
    {
        string[] where = storage == AzuriteStorage.InMemory ? ["--inMemoryPersistence"] : ["--location", data.Path];
        string[] byToken = certificate is null ? [] : ["--cert", certificate.CertificateFile, "--key", certificate.KeyFile, "--oauth", "basic"];
        var process = await ChildProcess.StartAsync(
            "node",
            [
                Repository.PathOf("local", "azurite", "start.cjs"),
                "--blobPort", $"{ports.Blob}", "--queuePort", $"{ports.Queue}", "--tablePort", $"{ports.Table}",
                // The SDK may use a newer API version than this Azurite supports. Telemetry sends data off this machine and delays the stop.
                "--skipApiVersionCheck", "--disableTelemetry", "--silent", .. where, .. byToken,
            ],
            new Dictionary<string, string?>
            {
                ["AZURITE_ACCOUNTS"] = string.Join(
                    ';', Enumerable.Range(1, OtherAccounts).Select(NameOf).Prepend(UsualAccount).Select(account => $"{account}:{AccountKey}")),
            },
            // Azurite writes its settings into its working directory.
            workingDirectory: data.Path,
            name: $"Azurite on ports {ports.Blob}, {ports.Queue}, {ports.Table}").ConfigureAwait(false);
        try
        {
            // The table service starts last.
            await process.WaitForLineAsync("Table service is successfully listening").ConfigureAwait(false);
            return process;
        }
        catch
        {
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static Uri AddressByToken(int port) => new($"https://127.0.0.1:{port}/{UsualAccount}");

    private static string NameOf(int account) => string.Create(CultureInfo.InvariantCulture, $"account{account}");
}
