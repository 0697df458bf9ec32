using Azure;
using McpFunctions.Domain.Health;
using McpFunctions.Functions.Files;

namespace McpFunctions.Functions.Health;

/// <summary>Checks that blob storage answers.</summary>
/// <param name="contents">The contents of files.</param>
public sealed class BlobsProbe(BlobFileContent contents) : IHealthProbe
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
            await contents.ProbeAsync(cancellationToken);
            return HealthVerdict.Good;
        }
        catch (RequestFailedException)
        {
            return HealthVerdict.Bad("Blob storage refuses the gateway's requests.");
        }
    }
}
