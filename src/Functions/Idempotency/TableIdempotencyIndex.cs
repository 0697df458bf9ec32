using Azure.Data.Tables;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Functions.Storage;

namespace McpFunctions.Functions.Idempotency;

/// <summary>Idempotency rows by the hour in which they were written, in the table <see cref="StorageTables.IdempotencyExpiry"/>: retention deletes both.</summary>
/// <param name="tables">The tables.</param>
public sealed class TableIdempotencyIndex(StorageTables tables) : IIdempotencyIndex
{
    /// <inheritdoc/>
    public async Task AddAsync(string partition, string rowKey, DateTimeOffset at, CancellationToken cancellationToken)
    {
        TableClient table = await tables.GetAsync(StorageTables.IdempotencyExpiry, cancellationToken);
        var row = new TableEntity(Hours.Of(at), $"{partition} {rowKey}") { ["Partition"] = partition, ["Key"] = rowKey };
        await StorageCall.RunAsync(() => table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken), cancellationToken);
    }
}
