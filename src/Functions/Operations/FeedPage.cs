namespace McpFunctions.Functions.Operations;

/// <summary>What the streams have after a position.</summary>
/// <param name="Before">The position that was read from: for each stream, the last id before it.</param>
/// <param name="Entries">The entries, in the order in which Redis added them.</param>
/// <param name="After">The position to read on from.</param>
/// <param name="IsReset">Whether a stream began anew with smaller ids, so that everybody must go back to <paramref name="After"/>.</param>
internal sealed record FeedPage(EntryId[] Before, IReadOnlyList<FeedEntry> Entries, EntryId[] After, bool IsReset = false);
