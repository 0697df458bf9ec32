using McpFunctions.Domain.Health;
using McpFunctions.Functions.Storage;

namespace McpFunctions.Functions.Health;

/// <summary>Checks that blob storage answers.</summary>
/// <param name="probe">Asks blob storage.</param>
public sealed class BlobsProbe(Func<CancellationToken, Task> probe) : IHealthProbe
{
    /// <inheritdoc/>
    public string Component => "blobs";

    /// <inheritdoc/>
    public bool IsEssential => true;

    /// <inheritdoc/>
    public HealthCheckResult NoResponse { get; } = HealthCheckResult.Degraded("Blob storage does not answer.");

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await probe(cancellationToken);
            return HealthCheckResult.Healthy;
        }
        catch (Exception exception) when (StorageCall.IsRefusal(exception))
        {
            return HealthCheckResult.Degraded("Blob storage refuses the gateway's requests.");
        }
    }
}
