using System.ComponentModel.DataAnnotations;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Functions.Auth;

/// <summary>A user, as responses show it.</summary>
/// <param name="Id">Identifies the user.</param>
/// <param name="Username">The user's name.</param>
/// <param name="Role">One of <see cref="Domain.Identity.Roles"/>.</param>
public sealed record UserResponse(
    [property: DataType("uuid")] string Id,
    string Username,
    [property: AllowedValues(Roles.User, Roles.Admin)] string Role);
