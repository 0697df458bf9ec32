using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Settings;
using StackExchange.Redis;

namespace McpFunctions.Local.FunctionsHost.Redis;

/// <summary>The pub/sub trigger of a function.</summary>
/// <param name="Parameter">The name of the function's parameter.</param>
/// <param name="Connection">The name of the setting with the connection string.</param>
/// <param name="Channel">The channel, or the pattern of channels.</param>
/// <param name="DataType">The form of the envelope in the parameter.</param>
internal sealed record RedisPubSubTrigger(string Parameter, string Connection, RedisChannel Channel, MessageDataType DataType)
{
    /// <exception cref="StartupException">The trigger names no connection or no channel.</exception>
    public static RedisPubSubTrigger Read(FunctionDefinition function, AppSettings settings)
    {
        var binding = function.Trigger;
        var connection = binding.Text("connection") ?? throw new StartupException($"The trigger of '{function.Name}' names no connection.");
        var channel = binding.Text("channel") ?? throw new StartupException($"The trigger of '{function.Name}' names no channel.");

        // As in the official extension, a name without a setting stays unchanged.
        var name = settings.TryResolve(channel, out var resolved, out _) ? resolved : channel;
        return new RedisPubSubTrigger(
            binding.Name,
            connection,
            binding.Flag("pattern") ? RedisChannel.Pattern(name) : RedisChannel.Literal(name),
            binding.Is("dataType", "string") ? MessageDataType.Text
                : binding.Is("dataType", "binary") ? MessageDataType.Bytes
                : MessageDataType.Json
        );
    }
}
