using System.Net;
using System.Text.Json;
using McpFunctions.Domain;
using McpFunctions.Domain.Commands;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Commands;

/// <summary>Routes that record the MCP commands of a user.</summary>
/// <param name="commands">The commands.</param>
public sealed class CommandFunctions(CommandService commands)
{
    /// <summary>Record that a command has started. Call complete or fail when it ends.</summary>
    /// <returns>201 with the command; or a problem.</returns>
    [Function("StartCommand"), Access(Scope = Scopes.CommandsWrite), Idempotent]
    [Operation(HttpStatusCode.Created, typeof(CommandRecord), Body = typeof(StartCommandRequest), Headers = ["Location"], Problems = [HttpStatusCode.InsufficientStorage])]
    public async Task<IResult> Start(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "commands")] HttpRequest request, CancellationToken cancellationToken)
    {
        StartCommandRequest asked = await request.JsonAsync(CommandJsonContext.Api.StartCommandRequest, cancellationToken);
        JsonElement? input = RenamedField.Read(asked.Input, asked.Arguments, "input", "arguments");
        CommandRecord command =
            (await commands.StartAsync(request.Actor(), asked.Name, input, asked.SessionId, cancellationToken)).ValueOrProblem();
        return request.CreatedResult(HttpStatusCode.Created, command.Id, command, CommandJsonContext.Api.CommandRecord);
    }

    /// <summary>List your commands.</summary>
    /// <returns>200 with a page of the list; or a problem.</returns>
    [Function("ListCommands"), Access(Scope = Scopes.CommandsRead)]
    [Operation(HttpStatusCode.OK, typeof(Page<CommandRecord>), IsPaged = true)]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "commands")] HttpRequest request, CancellationToken cancellationToken) =>
        HttpResults.Of(
            await commands.ListAsync(request.Principal().UserId, request.Page(), cancellationToken), CommandJsonContext.Api.PageCommandRecord);

    /// <summary>Read one of your commands: its input, status and output.</summary>
    /// <param name="id">The command.</param>
    /// <returns>200 with the command; or a problem.</returns>
    [Function("GetCommand"), Access(Scope = Scopes.CommandsRead)]
    [Operation(HttpStatusCode.OK, typeof(CommandRecord))]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "commands/{id}")] HttpRequest request,
        string id,
        CancellationToken cancellationToken) =>
        HttpResults.Of(
            await commands.FindAsync(request.Principal().UserId, id, cancellationToken), CommandJsonContext.Api.CommandRecord);

    /// <summary>Record that a command has succeeded, with its output.</summary>
    /// <param name="id">The command.</param>
    /// <returns>200 with the command; or a problem.</returns>
    [Function("CompleteCommand"), Access(Scope = Scopes.CommandsWrite), Idempotent]
    [Operation(HttpStatusCode.OK, typeof(CommandRecord), Body = typeof(CompleteCommandRequest), Problems = [HttpStatusCode.Conflict])]
    public async Task<IResult> Complete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "commands/{id}/complete")] HttpRequest request,
        string id,
        CancellationToken cancellationToken)
    {
        CompleteCommandRequest ended = await request.JsonAsync(CommandJsonContext.Api.CompleteCommandRequest, cancellationToken);
        JsonElement? output = RenamedField.Read(ended.Output, ended.Result, "output", "result");
        return HttpResults.Of(
            await commands.CompleteAsync(request.Actor(), id, output, cancellationToken), CommandJsonContext.Api.CommandRecord);
    }

    /// <summary>Record that a command has failed, with its error message.</summary>
    /// <param name="id">The command.</param>
    /// <returns>200 with the command; or a problem.</returns>
    [Function("FailCommand"), Access(Scope = Scopes.CommandsWrite), Idempotent]
    [Operation(HttpStatusCode.OK, typeof(CommandRecord), Body = typeof(FailCommandRequest), Problems = [HttpStatusCode.Conflict])]
    public async Task<IResult> Fail(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "commands/{id}/fail")] HttpRequest request,
        string id,
        CancellationToken cancellationToken)
    {
        FailCommandRequest ended = await request.JsonAsync(CommandJsonContext.Api.FailCommandRequest, cancellationToken);
        return HttpResults.Of(
            await commands.FailAsync(request.Actor(), id, ended.Error, cancellationToken), CommandJsonContext.Api.CommandRecord);
    }
}
