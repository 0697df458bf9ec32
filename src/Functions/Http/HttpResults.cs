using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using McpFunctions.Domain;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace McpFunctions.Functions.Http;

/// <summary>Makes the results of HTTP functions.</summary>
internal static class HttpResults
{
    /// <summary>The value of an outcome as JSON; its failure becomes a problem.</summary>
    public static IResult Of<T>(Outcome<T> outcome, JsonTypeInfo<T> type) => Json(HttpStatusCode.OK, outcome.ValueOrProblem(), type);

    /// <summary>The value of an outcome; its failure becomes a problem.</summary>
    public static T ValueOrProblem<T>(this Outcome<T> outcome) =>
        outcome.Failure is { } failure ? throw new ProblemException(Problem.Of(failure)) : outcome.Value;

    /// <summary>A value as JSON.</summary>
    public static JsonHttpResult<T> Json<T>(HttpStatusCode status, T value, JsonTypeInfo<T> type) =>
        TypedResults.Json(value, type, statusCode: (int)status);

    /// <summary>The new resource as JSON, with its address in <c>Location</c>.</summary>
    public static IResult CreatedResult<T>(this HttpRequest request, HttpStatusCode status, string id, T value, JsonTypeInfo<T> type)
    {
        request.HttpContext.Response.Headers.Location = $"{request.Path.ToUriComponent().TrimEnd('/')}/{id}";
        return Json(status, value, type);
    }

    /// <summary>Sends a problem.</summary>
    public static async Task WriteAsync(this HttpResponse response, Problem problem)
    {
        response.StatusCode = problem.Status;
        response.ContentType = "application/problem+json; charset=utf-8";
        if (problem.RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (problem.Allow is { } methods)
        {
            response.Headers.Allow = string.Join(", ", methods);
        }

        if (problem.ContentLength is { } length)
        {
            // RFC 9110, section 14.4: "unsatisfied-range".
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{length}");
        }

        if (problem.Status == (int)HttpStatusCode.Unauthorized)
        {
            response.Headers.WWWAuthenticate = response.HttpContext.Features.Get<ResourceMetadata>()?.Challenge ?? "Bearer";
        }

        byte[] body = JsonSerializer.SerializeToUtf8Bytes(problem, ProblemJsonContext.Api.Problem);
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body);
    }
}
