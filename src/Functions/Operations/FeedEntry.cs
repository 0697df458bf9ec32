using StackExchange.Redis;

namespace McpFunctions.Functions.Operations;

/// <summary>An entry of a journal or of the stream of effects.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Stream">The index of its stream.</param>
/// <param name="Entry">Its content.</param>
internal readonly record struct FeedEntry(EntryId Id, int Stream, StreamEntry Entry);
