using System.Collections.Frozen;
using System.Reflection;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;
using Microsoft.Extensions.Configuration;

namespace McpFunctions.Functions.Consumers;

/// <summary>
/// The pairs of consumer and event type whose functions are enabled in this app. The app handles and recovers only these; another app may have
/// the others. A function is disabled as the Functions host reads it: by <c>AzureWebJobs.{function}.Disabled</c>, or by a list
/// <c>AzureFunctionsJobHost:functions</c> without it.
/// </summary>
/// <param name="configuration">The settings.</param>
public sealed class EnabledPairs(IConfiguration configuration)
{
    private static readonly FrozenDictionary<(string Consumer, string Type), string> Functions = FindFunctions();

    /// <summary>The event types that a consumer handles in this app.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <returns>The types, in the order of <see cref="EventTypes.All"/>.</returns>
    public IReadOnlyList<string> TypesOf(string consumer) =>
        [.. Subscriptions.TypesOf(consumer).Where(type => Functions.TryGetValue((consumer, type), out string? function) && IsEnabled(function))];

    private bool IsEnabled(string function)
    {
        // App Service on Linux passes a setting's dots as underscores. The last form is AzureWebJobs__{function}__Disabled in the environment.
        string? disabled = configuration[$"AzureWebJobs.{function}.Disabled"] ?? configuration[$"AzureWebJobs_{function}_Disabled"] ?? configuration[$"AzureWebJobs:{function}:Disabled"];
        string?[] listed = [.. configuration.GetSection("AzureFunctionsJobHost:functions").GetChildren().Select(child => child.Value)];
        // The host takes "1" for true too.
        return !(bool.TryParse(disabled, out bool isDisabled) ? isDisabled : disabled == "1")
            && (listed.Length == 0 || listed.Contains(function, StringComparer.OrdinalIgnoreCase));
    }

    // The host reads the same attributes.
    private static FrozenDictionary<(string, string), string> FindFunctions() => (
        from type in typeof(EnabledPairs).Assembly.GetTypes()
        let consumer = type.GetCustomAttribute<ConsumerFunctionsAttribute>()?.Consumer
        where consumer is not null
        from method in type.GetMethods()
        let function = method.GetCustomAttribute<FunctionAttribute>()
        where function is not null
        let trigger = method.GetParameters().Select(each => each.GetCustomAttribute<RedisPubSubTriggerAttribute>()).First(each => each is not null)
        select ((consumer, trigger.Channel[EventChannels.Prefix.Length..]), function.Name)).ToFrozenDictionary(each => each.Item1, each => each.Name);
}
