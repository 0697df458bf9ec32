using System.Text.Json.Serialization;
using McpFunctions.Domain;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Domain.Users;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Identity;

namespace McpFunctions.Functions.Users;

/// <summary>The JSON of requests, responses and rows.</summary>
[JsonSerializable(typeof(ChangePasswordRequest))]
[JsonSerializable(typeof(CreateUserRequest))]
[JsonSerializable(typeof(SetPasswordRequest))]
[JsonSerializable(typeof(UserRecord))]
[JsonSerializable(typeof(Page<UserRecord>))]
[JsonSerializable(typeof(Page<SessionResponse>))]
[JsonSerializable(typeof(Page<ApiKeyRecord>))]
[JsonSerializable(typeof(UserRow))]
[JsonSerializable(typeof(UserDeletion))]
[JsonSerializable(typeof(IdempotencyRow<UserRecord>))]
internal sealed partial class UserJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the API.</summary>
    public static UserJsonContext Api { get; } = new(HttpJson.NewOptions());
}
