using Azure.Storage.Blobs;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Settings;

namespace McpFunctions.Local.FunctionsHost.Timers;

/// <summary>The blobs of the timers' locks and schedules, with the real host's names.</summary>
internal sealed class HostStorage(BlobContainerClient container, string hostId)
{
    private const string Setting = "AzureWebJobsStorage";
    private const string ContainerName = "azure-webjobs-hosts";
    private static readonly TimeSpan NetworkTimeout = TimeSpan.FromSeconds(10);

    private int _isUnreachable;

    public BlobContainerClient Container => container;

    /// <exception cref="StartupException">The app's storage setting is missing or not valid.</exception>
    public static HostStorage Open(AppSettings settings, string hostId, string neededBy)
    {
        var connection = settings.Connection("Storage");
        // Older versions of Azurite know this service version too. The host needs nothing newer.
        var options = new BlobClientOptions(BlobClientOptions.ServiceVersion.V2021_12_02);
        options.Retry.MaxRetries = 1; // the caller tries again, with a log line each time
        options.Retry.NetworkTimeout = NetworkTimeout;
        try
        {
            // A connection string wins, even an empty one.
            var service =
                connection.Value is { Length: > 0 } text ? new BlobServiceClient(text, options)
                : connection.Value is null && BlobsOf(connection) is { } blobs ? new BlobServiceClient(blobs, Credentials.Of(connection), options)
                : throw new StartupException(
                    $"{Setting} is not set, and '{neededBy}' needs it: timers keep their locks and schedules there. "
                        + $"Set it in {LocalSettings.FileName} (UseDevelopmentStorage=true is Azurite), or {Setting}__accountName for an identity."
                );
            return new HostStorage(service.GetBlobContainerClient(ContainerName), hostId);
        }
        catch (UriFormatException e)
        {
            throw new StartupException($"{Setting}__blobServiceUri is not an address: {e.Message}", e);
        }
        catch (FormatException e)
        {
            throw new StartupException($"{Setting} is not a storage connection string: {e.Message}", e);
        }
        catch (ArgumentException e)
        {
            // The storage client sends tokens only over TLS.
            throw new StartupException($"{Setting} does not allow an identity: {e.Message}", e);
        }
    }

    private static Uri? BlobsOf(IConfigurationSection connection) =>
        connection["blobServiceUri"] is { Length: > 0 } address ? new Uri(address)
        : connection["accountName"] is { Length: > 0 } account ? new Uri($"https://{account}.blob.core.windows.net")
        : null;

    /// <summary>Records whether storage was reachable.</summary>
    /// <returns>Whether the state changed. All timers notice a change, but one log line is enough.</returns>
    public bool Note(bool isReached)
    {
        var now = isReached ? 0 : 1;
        return Interlocked.Exchange(ref _isUnreachable, now) != now;
    }

    public BlobClient StatusOf(FunctionDefinition function) => container.GetBlobClient($"timers/{hostId}/{FullNameOf(function)}/status");

    public BlobClient LockOf(FunctionDefinition function) => container.GetBlobClient($"locks/{LockIdOf(function)}");

    public string LockIdOf(FunctionDefinition function) => $"{hostId}/{FullNameOf(function)}.Listener";

    private static string FullNameOf(FunctionDefinition function) => $"Host.{function.LogName}";
}
