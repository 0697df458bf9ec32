using McpFunctions.Domain.Health;
using McpFunctions.Functions.Storage;

namespace McpFunctions.Functions.Health;

/// <summary>Checks that table storage answers.</summary>
/// <param name="tables">The tables.</param>
public sealed class TablesProbe(StorageTables tables) : IHealthProbe
{
    /// <inheritdoc/>
    public string Component => "tables";

    /// <inheritdoc/>
    public bool IsEssential => true;

    /// <inheritdoc/>
    public HealthCheckResult NoResponse { get; } = HealthCheckResult.Degraded("Table storage does not answer.");

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await tables.ProbeAsync(cancellationToken);
            return HealthCheckResult.Healthy;
        }
        catch (Exception exception) when (StorageCall.IsRefusal(exception))
        {
            return HealthCheckResult.Degraded("Table storage refuses the gateway's requests.");
        }
    }
}
