namespace McpFunctions.Domain.Delivery;

/// <summary>A row as it was read.</summary>
/// <typeparam name="T">The row's type.</typeparam>
/// <param name="Key">Its row key.</param>
/// <param name="Value">Its content.</param>
/// <param name="ETag">Its version for optimistic concurrency.</param>
public sealed record Stored<T>(string Key, T Value, string ETag)
    where T : class;
