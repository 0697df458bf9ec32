using Azure;
using Azure.Data.Tables;
using McpFunctions.Domain.Delivery;

namespace McpFunctions.Functions.Storage;

/// <summary>How far each consumer has come, in the Consumers table.</summary>
/// <param name="tables">The tables.</param>
/// <param name="time">The clock.</param>
public sealed class ConsumerStates(StorageTables tables, TimeProvider time)
{
    private const string Row = "state";

    // Far longer than a relay needs from lowering the low watermark to publishing the event.
    private static readonly TimeSpan Hold = TimeSpan.FromMinutes(2);

    /// <summary>Reads a consumer's state.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The state; null if the consumer never ran.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<ConsumerState?> FindAsync(string consumer, CancellationToken cancellationToken)
    {
        TableClient consumers = await tables.GetAsync(StorageTables.Consumers, cancellationToken);
        NullableResponse<TableEntity> found = await StorageCall.RunAsync(
            () => consumers.GetEntityIfExistsAsync<TableEntity>(consumer, Row, cancellationToken: cancellationToken), cancellationToken);
        return found.HasValue && found.Value is { } row
            ? new ConsumerState(row.GetDateTimeOffset("LowWater")!.Value, row.GetInt64("Beat")!.Value, row.GetDateTimeOffset("HeldUntil")!.Value, row.ETag.ToString())
            : null;
    }

    /// <summary>Writes a consumer's state if it has not changed since it was read.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="before">The state that was read; null if there was none.</param>
    /// <param name="lowWatermark">The new low watermark.</param>
    /// <param name="epoch">The new epoch.</param>
    /// <param name="heldUntil">The time before which the low watermark must not rise.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>False if another instance has written it meanwhile.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<bool> TryWriteAsync(
        string consumer, ConsumerState? before, DateTimeOffset lowWatermark, long epoch, DateTimeOffset heldUntil, CancellationToken cancellationToken)
    {
        TableClient consumers = await tables.GetAsync(StorageTables.Consumers, cancellationToken);
        var row = new TableEntity(consumer, Row) { ["LowWater"] = lowWatermark, ["Beat"] = epoch, ["HeldUntil"] = heldUntil };
        try
        {
            await StorageCall.RunAsync(
                () => before is null
                    ? consumers.AddEntityAsync(row, cancellationToken)
                    : consumers.UpdateEntityAsync(row, new ETag(before.ETag), TableUpdateMode.Replace, cancellationToken),
                cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 409 or 412)
        {
            return false;
        }
    }

    /// <summary>Lowers a consumer's low watermark for a late event.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="lowest">The event's time.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when the low watermark is not later than that time.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached, or others change the state at every try.</exception>
    public async Task LowerAsync(string consumer, DateTimeOffset lowest, CancellationToken cancellationToken)
    {
        bool isLowered = await ConflictRetry.TryAsync(
            ConflictRetry.MaxTries,
            // A consumer that never ran replays the whole log at its first tick.
            async () => await FindAsync(consumer, cancellationToken) is not { } state || await TryWriteAsync(
                consumer, state, state.LowWatermark < lowest ? state.LowWatermark : lowest, state.Epoch, time.GetUtcNow() + Hold, cancellationToken),
            cancellationToken);
        if (!isLowered)
        {
            throw StorageCall.Contended($"the state of consumer {consumer}");
        }
    }
}
