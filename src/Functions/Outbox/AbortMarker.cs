using Azure;
using Azure.Data.Tables;
using McpFunctions.Functions.Storage;

namespace McpFunctions.Functions.Outbox;

/// <summary>Decides a transaction with an unknown outcome.</summary>
internal static class AbortMarker
{
    /// <summary>Puts an abort marker in the place of the transaction's first event, which shows a commit or prevents it.</summary>
    /// <param name="tables">The tables.</param>
    /// <param name="partition">The partition of the transaction.</param>
    /// <param name="eventId">The first event.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>True if the transaction never commits; false if it has committed.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached, and the outcome stays unknown.</exception>
    public static async Task<bool> IsAbortedAsync(StorageTables tables, string partition, string eventId, CancellationToken cancellationToken)
    {
        TableClient gateway = await tables.GetAsync(StorageTables.Gateway, cancellationToken);
        TableEntity marker = GatewayRow.AbortMarkerOf(partition, eventId);
        try
        {
            await StorageCall.RunAsync(() => gateway.AddEntityAsync(marker, cancellationToken), cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status == 409)
        {
            // The transaction has committed, or there was an abort marker before.
            Response<TableEntity> there = await StorageCall.RunAsync(
                () => gateway.GetEntityAsync<TableEntity>(marker.PartitionKey, marker.RowKey, cancellationToken: cancellationToken), cancellationToken);
            return GatewayRow.IsAbortMarker(there.Value);
        }
    }
}
