using System.Net;
using System.Text.Json;
using McpFunctions.Domain;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Users;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Users;

/// <summary>Routes with which administrators manage users.</summary>
/// <param name="users">The users.</param>
public sealed class UserFunctions(UserService users)
{
    /// <summary>Create a user.</summary>
    /// <returns>201 with the user; or a problem.</returns>
    [Function("CreateUser"), Access(AdminOnly = true), Idempotent(HashesItself = true)]
    [Operation(HttpStatusCode.Created, typeof(UserRecord), Body = typeof(CreateUserRequest), Headers = ["Location"], Problems = [HttpStatusCode.Conflict])]
    public async Task<IResult> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "users")] HttpRequest request, CancellationToken cancellationToken)
    {
        CreateUserRequest wanted = await request.JsonAsync(UserJsonContext.Api.CreateUserRequest, cancellationToken);
        // Without the password: storage must not hold a fast hash of it.
        byte[] hashed = JsonSerializer.SerializeToUtf8Bytes(wanted with { Password = null }, UserJsonContext.Api.CreateUserRequest);
        UserRecord user = (await users.CreateAsync(request.ActorOf(hashed), wanted.Username, wanted.Password, wanted.Role, cancellationToken)).ValueOrProblem();
        return request.CreatedResult(HttpStatusCode.Created, user.Id, user, UserJsonContext.Api.UserRecord);
    }

    /// <summary>List users by name.</summary>
    /// <returns>200 with a page of the list; or a problem.</returns>
    [Function("ListUsers"), Access(AdminOnly = true)]
    [Operation(HttpStatusCode.OK, typeof(Page<UserRecord>), IsPaged = true)]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "users")] HttpRequest request, CancellationToken cancellationToken) =>
        HttpResults.Of(await users.ListAsync(request.Page(), cancellationToken), UserJsonContext.Api.PageUserRecord);

    /// <summary>Delete a user. The user's sessions and API keys are refused from then on.</summary>
    /// <param name="id">The user.</param>
    /// <returns>204; or a problem.</returns>
    [Function("DeleteUser"), Access(AdminOnly = true)]
    [Operation(HttpStatusCode.NoContent, Problems = [HttpStatusCode.Conflict])]
    public async Task<IResult> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "users/{id}")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        (await users.DeleteAsync(request.Actor(), id, cancellationToken)).ValueOrProblem();
        return TypedResults.NoContent();
    }
}
