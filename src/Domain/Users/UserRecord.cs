using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Users;

/// <summary>A user, as administrators see one; and the look-up from the name to the user.</summary>
/// <param name="Id">Identifies the user.</param>
/// <param name="Username">The name, as it was written when the user was made.</param>
/// <param name="Role">One of <see cref="Auth.Roles"/>.</param>
/// <param name="CreatedAt">When the user was made.</param>
public sealed record UserRecord(
    string Id,
    string Username,
    string Role,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset CreatedAt);
