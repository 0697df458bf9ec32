using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace McpFunctions.Domain.Commands;

/// <summary>The body of <c>POST commands</c>.</summary>
/// <param name="Name">The command's name.</param>
/// <param name="Input">The command's input, any JSON.</param>
/// <param name="SessionId">The session that it belongs to.</param>
/// <param name="Arguments">The earlier name of <c>input</c>.</param>
public sealed record StartCommandRequest(
    [property: Required(AllowEmptyStrings = true), StringLength(CommandService.MaxNameLength, MinimumLength = 1, ErrorMessage = "Send a name of {2} to {1} characters.")] string? Name,
    [property: JsonLimit] JsonElement? Input,
    [property: StringLength(CommandService.MaxSessionIdLength, MinimumLength = 1, ErrorMessage = "Send a session id of {2} to {1} characters, or leave it out.")] string? SessionId,
    [property: JsonLimit, Deprecated] JsonElement? Arguments);
