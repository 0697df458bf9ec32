using System.Text.Json.Serialization;

namespace McpFunctions.Local.FunctionsHost.Keys;

[JsonSerializable(typeof(HostKeys))]
[JsonSerializable(typeof(FunctionKeys))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class KeysJson : JsonSerializerContext;
