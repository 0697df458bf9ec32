using System.Collections;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Settings;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;

namespace McpFunctions.Functions.Tests.Deployment;

/// <summary>Generates deploy/functions.json from the attributes of the functions and from the settings that have no default.</summary>
internal static class FunctionsFile
{
    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Assembly s_app = typeof(GatewayServices).Assembly;

    public static string Create() => new JsonObject
    {
        ["required"] = new JsonArray([.. Required().Order(StringComparer.Ordinal).Select(name => JsonValue.Create(name))]),
        ["functions"] = new JsonArray([..
            from type in s_app.GetTypes()
            from method in type.GetMethods()
            let function = method.GetCustomAttribute<FunctionAttribute>()
            where function is not null
            orderby function.Name
            select Describe(type, method, function.Name)]),
    }.ToJsonString(s_readable) + "\n";

    private static JsonObject Describe(Type type, MethodInfo method, string name)
    {
        object[] triggers = [.. method.GetParameters().SelectMany(parameter => parameter.GetCustomAttributes()).Where(each => each is TriggerBindingAttribute)];
        JsonObject described = Assert.Single(triggers) switch
        {
            HttpTriggerAttribute trigger => new()
            {
                ["name"] = name,
                ["trigger"] = "http",
                ["methods"] = new JsonArray([.. (trigger.Methods ?? []).Select(verb => JsonValue.Create(verb))]),
                ["route"] = trigger.Route,
                ["settings"] = new JsonArray(),
            },
            // A lease in this storage lets one instance of an app run the timer.
            TimerTriggerAttribute trigger => new()
            {
                ["name"] = name,
                ["trigger"] = "timer",
                ["schedule"] = trigger.Schedule,
                ["settings"] = new JsonArray(nameof(ConnectionOptions.AzureWebJobsStorage)),
            },
            RedisPubSubTriggerAttribute trigger => new()
            {
                ["name"] = name,
                ["trigger"] = "redisPubSub",
                ["channel"] = trigger.Channel,
                ["event"] = trigger.Channel[EventChannels.Prefix.Length..],
                ["settings"] = new JsonArray(trigger.Connection),
            },
            var other => throw new InvalidOperationException($"{name} has the trigger {other}, which deploy/plan does not know."),
        };
        if ((type.GetCustomAttribute<ConsumerFunctionsAttribute>()?.Consumer ?? method.GetCustomAttribute<RecoveryOfAttribute>()?.Consumer) is { } consumer)
        {
            described["consumer"] = consumer;
        }

        return described;
    }

    private static IEnumerable<string> Required() =>
        from options in s_app.GetTypes()
        where options is { IsClass: true, IsPublic: true } && options.Name.EndsWith("Options", StringComparison.Ordinal)
        let defaults = Activator.CreateInstance(options)
        from property in options.GetProperties()
        let value = property.GetValue(defaults)
        where value is IDictionary || (property.CanWrite && value is "")
        select GatewaySettings.NameOf(options, property.Name) + (value is IDictionary ? "__{id}" : "");
}
