using Azure;
using McpFunctions.Domain.Health;

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
    public HealthVerdict Silence { get; } = HealthVerdict.Bad("Blob storage does not answer.");

    /// <inheritdoc/>
    public async Task<HealthVerdict> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await probe(cancellationToken);
            return HealthVerdict.Good;
        }
        catch (RequestFailedException)
        {
            return HealthVerdict.Bad("Blob storage refuses the gateway's requests.");
        }
    }
}
