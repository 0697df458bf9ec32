using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;

namespace McpFunctions.EmptyFunctions;

/// <summary>The functions, and the counts of their messages, by which ./bench knows when they are done.</summary>
internal static class ChannelFunctions
{
    private const string Connection = "RedisConnection";
    private const string Channel = "bench:empty";

    private static long _first;
    private static long _second;
    private static long _third;

    [Function("First")]
    public static void First([RedisPubSubTrigger(Connection, Channel)] string message) => Interlocked.Increment(ref _first);

    [Function("Second")]
    public static void Second([RedisPubSubTrigger(Connection, Channel)] string message) => Interlocked.Increment(ref _second);

    [Function("Third")]
    public static void Third([RedisPubSubTrigger(Connection, Channel)] string message) => Interlocked.Increment(ref _third);

    /// <summary>The number of messages that all three functions have handled.</summary>
    [Function("Health")]
    public static IResult Handled([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health")] HttpRequest request) =>
        Results.Text($"{Math.Min(Volatile.Read(ref _first), Math.Min(Volatile.Read(ref _second), Volatile.Read(ref _third)))}");
}
