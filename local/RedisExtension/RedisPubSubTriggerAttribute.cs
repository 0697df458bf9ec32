using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker.Extensions.Redis;

/// <summary>Starts the function for every message published to a channel.</summary>
/// <param name="connection">The name of the setting with the connection string.</param>
/// <param name="channel">The channel. The setting <c>Name</c> replaces <c>%Name%</c>.</param>
/// <param name="pattern">Whether <paramref name="channel"/> is a glob pattern.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class RedisPubSubTriggerAttribute(string connection, string channel, bool pattern = false) : TriggerBindingAttribute
{
    /// <summary>The name of the setting with the connection string.</summary>
    public string Connection { get; } = connection;

    /// <summary>The channel or pattern.</summary>
    public string Channel { get; } = channel;

    /// <summary>Whether <see cref="Channel"/> is a glob pattern.</summary>
    public bool Pattern { get; } = pattern;
}
