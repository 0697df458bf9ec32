using Azure;

namespace McpFunctions.Functions.Storage;

/// <summary>The place of a row in a table.</summary>
/// <param name="Partition">Its partition key.</param>
/// <param name="Key">Its row key.</param>
public sealed record TableRow(string Partition, string Key)
{
    /// <summary>The version that the row must have; any version unless set.</summary>
    public ETag ETag { get; init; } = ETag.All;
}
