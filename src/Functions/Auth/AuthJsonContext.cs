using System.Text.Json.Serialization;
using McpFunctions.Domain.Auth;
using McpFunctions.Functions.Http;

namespace McpFunctions.Functions.Auth;

/// <summary>The JSON of requests, responses and rows.</summary>
[JsonSerializable(typeof(LoginRequest))]
[JsonSerializable(typeof(LoginResponse))]
[JsonSerializable(typeof(CredentialResponse))]
[JsonSerializable(typeof(LockoutRow))]
[JsonSerializable(typeof(SigningKeyFile))]
internal sealed partial class AuthJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the API.</summary>
    public static AuthJsonContext Api { get; } = new(HttpJson.NewOptions());
}
