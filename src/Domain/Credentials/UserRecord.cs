using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Credentials;

/// <summary>A user, as administrators see it; also the look-up from the name to the user.</summary>
/// <param name="Id">Identifies the user.</param>
/// <param name="Username">The name, as written at the user's creation.</param>
/// <param name="Role">One of <see cref="Identity.Roles"/>.</param>
/// <param name="CreatedAt">The time of the user's creation.</param>
public sealed record UserRecord(
    [property: DataType("uuid")] string Id,
    [property: StringLength(Credentials.Username.MaxLength, MinimumLength = 1)] string Username,
    [property: AllowedValues(Roles.User, Roles.Admin)] string Role,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset CreatedAt);
