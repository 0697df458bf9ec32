using StackExchange.Redis;

namespace McpFunctions.Functions.Consumers;

/// <summary>An entry of a journal that this instance has read or claimed, and must handle.</summary>
/// <param name="Id">Its id in the stream.</param>
/// <param name="Body">The event's JSON.</param>
/// <param name="Attempts">The number of attempts with this one: the delivery count of the group.</param>
public sealed record PendingEntry(RedisValue Id, byte[] Body, int Attempts);
